package cfdi

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// SAT's public test identities, the generic RFCs, and what only looks like one.
func TestRFC(t *testing.T) {
	for _, c := range []struct {
		rfc        RFC
		wellFormed bool
		checkDigit bool
		person     Person
	}{
		{"EKU9003173C9", true, true, Company},
		{"XIA190128J61", true, true, Company},
		{"URE180429TM6", true, true, Company},
		{"OÑO120726RX3", true, true, Company},
		{"H&E951128469", true, true, Company},
		{"IIA040805DZ4", true, true, Company},
		{"KIJ0906199R1", true, true, Company},
		{"ICV060329BY0", true, true, Company},
		{"LAN7008173R5", true, true, Company},
		{"SAT970701NN3", true, true, Company},
		{"CACX7605101P8", true, true, Individual},
		{"FUNK671228PH6", true, true, Individual},
		{"MISC491214B86", true, true, Individual},
		{"JUFA7608212V6", true, true, Individual},
		{"WATM640917J45", true, true, Individual},
		{"GODE561231GR8", true, true, Individual},
		{PublicRFC, true, true, Individual},
		{ForeignRFC, true, true, Individual},

		{"AAA010101AAA", true, false, Company},     // should end in 1
		{"IÑI9504032Q5", true, false, Company},     // should end in 6
		{"EEJ920318M5A", true, false, Company},     // should end in 0
		{"PEGJ800101ABC", false, false, ""},        // ends in a letter other than A
		{"TPR800101ABC", false, false, ""},         // likewise
		{"EKU9013173C9", false, false, ""},         // month 13
		{"EKU9002303C9", false, false, ""},         // 30 February
		{"EKU0102293C9", false, false, ""},         // no leap year in either century
		{"EKU9003173C", false, false, ""},          // too short
		{"EKUAB9003173C9", false, false, ""},       // too long
		{"eku9003173c9", false, false, ""},         // lower case
		{" EKU9003173C9", false, false, ""},        // a space
		{"", false, false, ""},                     // nothing
		{"EKU9003173C9\nX", false, false, ""},      // a second line
		{"ÑÑÑ9003173C\xff", false, false, ""},      // not UTF-8
		{"EKU\x009003173C9", false, false, ""},     // a control character
		{"XAXX0101010000", false, false, ""},       // a digit too many
		{"XAXX010101001", true, false, Individual}, // not quite generic
	} {
		t.Run(string(c.rfc), func(t *testing.T) {
			assert.Equal(t, c.wellFormed, c.rfc.WellFormed(), "shape")
			assert.Equal(t, c.checkDigit, c.rfc.CheckDigit(), "check digit")
			assert.Equal(t, c.person, c.rfc.Person(), "person")
			assert.Equal(t, c.rfc == PublicRFC || c.rfc == ForeignRFC, c.rfc.Generic())
		})
	}
	assert.True(t, RFC("EKU0002293C9").WellFormed(), "2000 was a leap year")
}
