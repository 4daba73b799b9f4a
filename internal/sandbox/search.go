package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// indexDelay is how old a record has to be, by its creation in whole seconds, to be
// found by a search; what changes in it is found at once.
const indexDelay = time.Second

// indexed is what a search needs to know of a record.
type indexed struct {
	created gigstack.Seconds
	fields  map[string]string // texts by the names that a search may restrict itself to
}

func (c *call) searchClients(in gigstack.Search) (gigstack.Page[gigstack.Client], error) {
	return search(c, c.world().clients.rows, in, func(v *gigstack.Client) indexed {
		return indexed{v.CreatedAt, clientTexts(v)}
	})
}

// searchInvoices looks through documents of every type.
func (c *call) searchInvoices(in gigstack.Search) (gigstack.Page[gigstack.Invoice], error) {
	rows := slices.Concat(c.world().invoices.rows, c.world().complements.rows)
	return search(c, rows, in, func(v *gigstack.Invoice) indexed {
		folio := strconv.Itoa(v.FolioNumber)
		return indexed{v.CreatedAt, with(clientTexts(&v.Client), map[string]string{
			"uuid": v.UUID, "series": v.Series, "folio_number": folio + " " + v.Series + folio, "description": descriptions(v.Items),
		})}
	})
}

func (c *call) searchPayments(in gigstack.SearchPaymentsInput) (p gigstack.Page[gigstack.Payment], err error) {
	status, err := filterStatus(in.Status)
	if err != nil {
		return p, err
	}
	rows := slices.DeleteFunc(slices.Clone(c.world().payments.rows), func(v *gigstack.Payment) bool {
		return status != "" && v.Status != status ||
			in.ClientID != nil && v.Client.ID != *in.ClientID ||
			in.Currency != nil && v.Currency != string(*in.Currency)
	})
	return search(c, rows, in.Search, func(v *gigstack.Payment) indexed {
		return indexed{v.CreatedAt, with(clientTexts(v.Client), map[string]string{"id": v.ID, "description": descriptions(v.Items)})}
	})
}

func (c *call) searchReceipts(in gigstack.Search) (gigstack.Page[gigstack.Receipt], error) {
	return search(c, c.receipts().rows, in, func(v *gigstack.Receipt) indexed {
		return indexed{v.CreatedAt, with(clientTexts(v.Client), map[string]string{"id": v.ID, "description": descriptions(v.Items)})}
	})
}

// clientTexts is the texts of a document's client; nil is nobody.
func clientTexts(v *gigstack.Client) map[string]string {
	v = cmp.Or(v, new(gigstack.Client))
	return map[string]string{"name": v.Name, "company": v.Company, "legal_name": v.LegalName, "tax_id": v.TaxID, "email": v.Email, "phone": v.Phone}
}

func with(texts, more map[string]string) map[string]string {
	maps.Copy(texts, more)
	return texts
}

func descriptions(items []gigstack.Item) string {
	var texts []string
	for _, item := range items {
		texts = append(texts, item.Description)
	}
	return strings.Join(texts, " ")
}

// search is the page of records that have every word asked for: best match first,
// then newest first.
func search[T any](c *call, rows []*T, in gigstack.Search, of func(*T) indexed) (p gigstack.Page[T], err error) {
	words := wordsOf(in.Q)
	if len(words) == 0 {
		return p, invalid("q", "q is required")
	}
	only, err := fieldNames(in.Fields, of(new(T)).fields)
	if err != nil {
		return p, err
	}
	type hit struct {
		row     *T
		score   int
		created gigstack.Seconds
	}
	var hits []hit
	for _, row := range rows {
		record := of(row)
		if record.created.Time().Add(indexDelay).After(c.now) {
			continue
		}
		var text []string
		for _, name := range only {
			text = append(text, wordsOf(record.fields[name])...)
		}
		if score, ok := matches(words, text); ok {
			hits = append(hits, hit{row, score, record.created})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(b.created, a.created))
	})
	found := make([]T, len(hits))
	for i, h := range hits {
		found[i] = *h.row
	}
	return numbered(c, searchDialect, found, in.PagePaging, 10)
}

// fieldNames is the fields a search is restricted to: all when nil. Those of the
// client may be written with "client." before them.
func fieldNames(asked *string, fields map[string]string) (names []string, err error) {
	if asked == nil {
		return slices.Collect(maps.Keys(fields)), nil
	}
	for name := range strings.SplitSeq(*asked, ",") {
		name = strings.TrimPrefix(strings.TrimSpace(name), "client.")
		if _, ok := fields[name]; !ok {
			return nil, invalid("fields", "%q is not a field that is searched", name)
		}
		names = append(names, name)
	}
	return names, nil
}

func wordsOf(text string) []string { return strings.Fields(catalogs.Fold(text)) }

// matches reports whether a text has every word; the lower the score, the more
// exactly.
func matches(words, text []string) (score int, ok bool) {
	for _, word := range words {
		best := unlike
		for _, have := range text {
			best = min(best, distance(word, have))
		}
		if best == unlike {
			return 0, false
		}
		score += best
	}
	return score, true
}

// How far a word is from what is asked for.
const (
	same = iota
	begun
	mistyped
	unlike
)

// typoLength is the number of letters from which a word may have a typo.
const typoLength = 5

func distance(asked, have string) int {
	switch {
	case asked == have:
		return same
	case strings.HasPrefix(have, asked):
		return begun
	case len([]rune(asked)) >= typoLength && oneTypo([]rune(asked), []rune(have)):
		return mistyped
	default:
		return unlike
	}
}

// oneTypo reports whether one letter more, less or different, or two neighbours
// swapped, make one word of the other.
func oneTypo(a, b []rune) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return max(len(a), len(b)) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// numbered is a page of a list that gigstack pages by number, usual records to a
// page.
func numbered[T any](c *call, kind int, rows []T, paging gigstack.PagePaging, usual int) (p gigstack.Page[T], err error) {
	limit := orElse(paging.Limit, usual)
	if limit < 1 || limit > 100 {
		return p, invalid("limit", "limit must be between 1 and 100")
	}
	from, err := begin(paging.Next, gigstack.ListFilter{})
	if err != nil || from.after != "" {
		return p, invalid("page", "page must be a number from 1")
	}
	total := len(rows)
	rows = rows[min(from.pages*limit, total):]
	c.dialect = dialect{kind, from.pages + 1, limit}
	return gigstack.Page[T]{Data: rows[:min(limit, len(rows))], TotalResults: &total, HasMore: len(rows) > limit}, nil
}
