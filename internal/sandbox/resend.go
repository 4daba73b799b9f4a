package sandbox

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// Mail is an e-mail that gigstack would have sent, with a document attached.
type Mail struct {
	Livemode    bool
	To, BCC     []string
	Subject     string
	Attachments []string // file names
}

// Outbox is the documents that were mailed for a team, oldest first. None of them
// has left the sandbox.
func (s *Sandbox) Outbox(team string) []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.state.teams.get(team); ok {
		return slices.Clone(t.outbox)
	}
	return nil
}

// resendInvoice mails a document of any type, canceled ones too, to its client as
// the document has it and to whoever is named besides.
func (c *call) resendInvoice(in gigstack.ResendInvoiceEmailInput) (sent gigstack.SentEmail, err error) {
	v, ok := c.world().document(in.ID)
	if !ok {
		return sent, notFound("Invoice", in.ID)
	}
	for i, email := range in.Emails {
		if err := mailAddress(fmt.Sprintf("emails[%d]", i), &email); err != nil {
			return sent, err
		}
	}
	sent.Recipients = recipients(gigstack.InvoiceOptions{SendEmail: new(true), Emails: in.Emails}, v.Client)
	if len(sent.Recipients) == 0 {
		return sent, invalid("emails", "the client has no e-mail; give at least one in emails")
	}
	sent.Attachments = []string{v.UUID + ".pdf", v.UUID + ".xml"}
	settings := orElse(c.team.settings.Emails.Value, gigstack.EmailSettings{})
	c.team.outbox = append(c.team.outbox, Mail{
		Livemode:    c.key.live,
		To:          sent.Recipients,
		BCC:         slices.Concat(v.Client.BCC, orElse(settings.InvoicesBCC.Value, nil)),
		Subject:     cmp.Or(orElse(settings.InvoiceSubject.Value, ""), fmt.Sprintf("%s %s %d", documentTitles[v.InvoiceType], v.Series, v.FolioNumber)),
		Attachments: sent.Attachments,
	})
	return sent, nil
}
