package sandbox

import (
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (s *Sandbox) routeClients() {
	serve(s, gigstack.ListClients, (*call).listClients)
	serve(s, gigstack.SearchClients, (*call).searchClients)
	serve(s, gigstack.GetClient, (*call).getClient)
	serve(s, gigstack.UpdateClient, (*call).updateClient)
	serve(s, gigstack.CreateClient, (*call).createClient)
	serve(s, gigstack.ValidateClient, (*call).validateClient)
	serve(s, gigstack.CreateClientPortalLink, (*call).createPortalLink)
	serve(s, gigstack.DeleteClient, (*call).deleteClient)
	serve(s, gigstack.UploadClientCSF, (*call).uploadCSF)
	serve(s, gigstack.UploadClientSupportDocument, (*call).uploadClientDocument)
	serve(s, gigstack.ListClientSupportDocuments, (*call).listClientDocuments)
}

func (c *call) listClients(in gigstack.ListClientsInput) (gigstack.Page[gigstack.Client], error) {
	return page(&c.world().clients, in.Paging, in.ListFilter, func(v *gigstack.Client) listed {
		return listed{v.CreatedAt, v.Name, v.Metadata}
	}, nil)
}

func (c *call) getClient(in gigstack.ClientRef) (gigstack.Client, error) {
	return copied(c.client(in.ID))
}

func (c *call) updateClient(in gigstack.UpdateClientInput) (v gigstack.Client, err error) {
	client, err := c.client(in.ID)
	if err != nil {
		return v, err
	}
	if err := c.updateStored(client, in.ClientFields); err != nil {
		return v, err
	}
	return *client, nil
}

// createClient answers 200 with a client it found, 201 with a new one.
func (c *call) createClient(in gigstack.CreateClientInput) (v gigstack.Client, err error) {
	if in.Search != nil {
		found, err := c.searchClient(in.Search.OnKey, in.Search.OnValue)
		if err != nil {
			return v, err
		}
		if found != nil && orElse(in.Search.Update, false) {
			err = c.updateStored(found, in.ClientFields)
		}
		if found != nil {
			return copied(found, err)
		}
	}
	c.created()
	return copied(c.addClient(in.ClientFields))
}

func (c *call) validateClient(in gigstack.ClientRef) (v gigstack.Client, err error) {
	client, err := c.client(in.ID)
	if err != nil {
		return v, err
	}
	review(client, c.now)
	return *client, nil
}

// portalLife is how long a portal link lets its holder in.
const portalLife = 5 * 24 * time.Hour

func (c *call) createPortalLink(in gigstack.PortalLinkInput) (v gigstack.PortalLink, err error) {
	if (in.ID == nil) == (in.Email == nil) {
		return v, invalid("id", "give exactly one of id and email")
	}
	var client *gigstack.Client
	if in.ID != nil {
		client, err = c.client(*in.ID)
	} else if client, err = c.searchClient("email", *in.Email); err == nil && client == nil {
		err = notFound("Client with email", *in.Email)
	}
	if err != nil {
		return v, err
	}
	link := c.base() + "/portal/" + client.ID + "?token=" + c.sandbox.newID("portal")
	return gigstack.PortalLink{URL: gigstack.SecretLink(link), ExpiresAt: gigstack.SecondsOf(c.now.Add(portalLife))}, nil
}

func (c *call) deleteClient(in gigstack.ClientRef) (v gigstack.Deleted, err error) {
	client, err := c.client(in.ID)
	if err != nil {
		return v, err
	}
	c.world().clients.remove(in.ID)
	c.emit("customer.deleted", client)
	return gigstack.Deleted{ID: in.ID}, nil
}

// copied is a stored record as an answer, or the error there was instead.
func copied[T any](stored *T, err error) (v T, _ error) {
	if err != nil {
		return v, err
	}
	return *stored, nil
}
