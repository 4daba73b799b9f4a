package prompts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// How many months are offered: of those before today at all, and while nothing is
// typed. The SAT hands out no older documents.
const (
	monthsBack  = 72
	monthsShown = 12
)

// Complete is the values of an argument that what was typed can be the beginning
// of: languages, and months up to today's, latest first. It is empty for what only
// gigstack knows.
func Complete(argument, typed string, today time.Time) []string {
	switch argument {
	case "language":
		return beginning([]string{Spanish, English}, typed)
	case "month":
		return months(typed, today)
	default:
		return nil
	}
}

func beginning(values []string, typed string) []string {
	typed = strings.ToLower(strings.TrimSpace(typed))
	return slices.DeleteFunc(values, func(v string) bool { return !strings.HasPrefix(v, typed) })
}

// months reads what was typed as people write it: 2026-1, 10, oct, octubre de 2025.
func months(typed string, today time.Time) (values []string) {
	words := strings.FieldsFunc(strings.ToLower(typed), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) > 1 {
		words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains([]string{"de", "del", "of"}, w) })
	}
	back := monthsBack
	if len(words) == 0 {
		back = monthsShown
	}
	latest := time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, time.UTC)
	for i := range back {
		month := latest.AddDate(0, -i, 0)
		if !slices.ContainsFunc(words, func(w string) bool { return !isOf(w, month) }) {
			values = append(values, month.Format("2006-01"))
		}
	}
	return values
}

// isOf reports whether a word begins the year, the number or a name of a month.
func isOf(word string, month time.Time) bool {
	number := int(month.Month())
	begun := []string{strconv.Itoa(month.Year()), fmt.Sprintf("%02d", number), meses[number-1], strings.ToLower(month.Month().String())}
	return word == strconv.Itoa(number) || slices.ContainsFunc(begun, func(s string) bool { return strings.HasPrefix(s, word) })
}

var meses = [...]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
