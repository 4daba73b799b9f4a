package satkeys

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// plainText is what a file says, out of gzip and in UTF-8.
func plainText(r io.Reader) (string, error) {
	buffered := bufio.NewReader(r)
	start, _ := buffered.Peek(4)
	var from io.Reader = buffered
	switch {
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return "", err
		}
		from = unzipped
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("\xd0\xcf\x11\xe0")):
		return "", errors.New("this is a spreadsheet (XLS or XLSX), or a ZIP: save its sheet c_ClaveProdServ or c_ClaveUnidad as CSV first")
	case bytes.HasPrefix(start, []byte("BZh")):
		return "", errors.New("this is compressed with bzip2: unpack it first")
	}
	raw, err := io.ReadAll(io.LimitReader(from, largest+1))
	switch {
	case err != nil:
		return "", err
	case len(raw) > largest:
		return "", fmt.Errorf("it has more than %d bytes, which no list of the SAT's has", largest)
	case bytes.HasPrefix(raw, []byte("SQLite format")):
		return "", errors.New("this is a database: export its table as CSV first")
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if utf8.Valid(raw) {
		return string(raw), nil
	}
	latin := make([]rune, len(raw)) // what Excel makes of a CSV that it is not told to write in UTF-8
	for i, b := range raw {
		latin[i] = rune(b)
	}
	return string(latin), nil
}

// headings are the names that those who publish the lists give their columns, folded,
// by what is in them.
var headings = map[string][]string{
	"code":    {"clave", "c claveprodserv", "c claveunidad", "claveprodserv", "claveunidad", "id", "key", "code"},
	"name":    {"nombre", "descripcion", "texto", "name", "description"},
	"similar": {"palabras similares", "similares"},
	"symbol":  {"simbolo", "symbol"},
	"border":  {"estimulo franja fronteriza", "estimulo frontera"},
	"end":     {"fecha de fin de vigencia", "fechafinvigencia", "fecha fin de vigencia", "fecha fin vigencia", "vigencia hasta"},
	"retired": {"borrada unece"},
}

// deepest is how many lines may stand above the names of the columns.
const deepest = 20

// parse reads a list: rows below one that names their columns.
func parse(text string, now time.Time) (kind Kind, keys []*Key, err error) {
	rows := rowsOf(text)
	var at map[string]int
	for line := 0; at == nil; line++ {
		row, err := rows()
		if err != nil || line > deepest {
			return "", nil, errors.New("no row names the columns: a key (clave, c_ClaveProdServ, c_ClaveUnidad or id) and a name (nombre, descripción or texto)")
		}
		at = columnsOf(row)
	}
	seen := map[string]bool{}
	for {
		row, err := rows()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "", nil, err
		}
		k, ok := keyOf(row, at, now)
		if ok && !seen[k.Code] {
			seen[k.Code] = true
			keys = append(keys, k)
		}
	}
	return judge(keys)
}

// rowsOf reads row after row. In lists with tabs a quote means an inch, and no more.
func rowsOf(text string) func() ([]string, error) {
	comma := separator(text)
	if comma != '\t' {
		r := csv.NewReader(strings.NewReader(text))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = comma, true, -1, true
		return r.Read
	}
	return func() (row []string, err error) {
		if text == "" {
			return nil, io.EOF
		}
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		return strings.Split(strings.TrimSuffix(line, "\r"), "\t"), nil
	}
}

// separator is what stands between the columns: the one of which there is most.
func separator(text string) rune {
	head := text[:min(len(text), 64<<10)]
	best, most := ',', 0
	for _, r := range "\t,;|" {
		if n := strings.Count(head, string(r)); n > most && (r == '\t' || n > 2*most) {
			best, most = r, n
		}
	}
	return best
}

// columnsOf is where a row says that things are, nil when it names no columns.
func columnsOf(row []string) map[string]int {
	at := map[string]int{}
	for what, names := range headings {
	names:
		for _, name := range names {
			for i, cell := range row {
				if catalogs.Fold(cell) == name {
					at[what] = i
					break names
				}
			}
		}
	}
	if _, ok := at["code"]; !ok {
		return nil
	}
	if _, ok := at["name"]; !ok {
		return nil
	}
	return at
}

// keyOf is the key in a row; not ok where there is none, or it has ended.
func keyOf(row []string, at map[string]int, now time.Time) (k *Key, ok bool) {
	cell := func(what string) string {
		if i, ok := at[what]; ok && i < len(row) {
			return strings.Join(strings.Fields(row[i]), " ")
		}
		return ""
	}
	set := func(what string) bool {
		v := strings.ToLower(cell(what))
		return v != "" && v != "0" && v != "no" && v != "false"
	}
	k = &Key{Code: strings.ToUpper(cell("code")), ES: cell("name"), Similar: cell("similar"), Symbol: cell("symbol"), Border: set("border"), Retired: set("retired")}
	if productCode.MatchString("0" + k.Code) { // a spreadsheet took it for a number
		k.Code = "0" + k.Code
	}
	return k, k.Code != "" && k.ES != "" && !ended(cell("end"), now)
}

// ended reports whether a day is past, in one of the forms in use.
func ended(day string, now time.Time) bool {
	for _, form := range []string{time.DateOnly, "02/01/2006", "2006-01-02 15:04:05"} {
		if end, err := time.Parse(form, day); err == nil {
			return end.AddDate(0, 0, 1).Before(now)
		}
	}
	return false
}

var (
	productCode = regexp.MustCompile(`^\d{8}$`)
	unitKey     = regexp.MustCompile(`^[A-Z0-9]{1,3}$`)
)

// judge is which of the lists the keys are, by what they look like.
func judge(keys []*Key) (Kind, []*Key, error) {
	products, units := 0, 0
	for _, k := range keys {
		switch {
		case productCode.MatchString(k.Code):
			products++
		case unitKey.MatchString(k.Code):
			units++
		}
	}
	switch {
	case len(keys) > 0 && products == len(keys):
		return Product, keys, nil
	case len(keys) > 0 && units == len(keys):
		return Unit, keys, nil
	default:
		return "", nil, fmt.Errorf("of %d rows %d are product keys (8 digits) and %d unit keys (up to 3 characters); a list is all of one kind", len(keys), products, units)
	}
}
