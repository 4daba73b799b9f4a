package catalogs

import "slices"

// RegimeFits reports whether a person of that type can be in the regime
// (CFDI40140 for the issuer, CFDI40157 for the receiver). Of an unknown person
// it reports only whether the regime exists.
func RegimeFits(regime string, person PersonType) bool {
	e, ok := Lookup(TaxRegimes, regime)
	return ok && e.admits(person)
}

// UseAllowed reports whether a receiver of that person type and regime may put
// the use on an invoice (CFDI40160, CFDI40161). An unknown person, "", is not
// checked. Whether the regime fits the person is for [RegimeFits] to say.
func UseAllowed(use, regime string, person PersonType) bool {
	e, ok := Lookup(CFDIUses, use)
	return ok && e.admits(person) && slices.Contains(e.Regimes, regime)
}

func (e Entry) admits(person PersonType) bool {
	return person == "" || slices.Contains(e.PersonTypes, person)
}
