// Package risk ranks operations by what goes wrong when they should not have run.
package risk

import (
	"fmt"
	"slices"
)

// Level is a rung on the ladder of consequences; higher is worse.
type Level int

// The ladder. The zero value means that nobody has thought about it, and is
// treated as the worst.
const (
	Unrated     Level = iota // nobody decided: treated as Critical
	Read                     // changes nothing
	Write                    // changes data of ours; another call undoes it
	Outward                  // reaches another person: mail, payment link, webhook, invitation
	Destructive              // something of ours is gone
	Fiscal                   // the SAT has a legal document or loses one, or a charge is made
	Critical                 // money leaves, keys or certificates change, a team is deleted
)

var names = [...]string{"unrated", "read", "write", "outward", "destructive", "fiscal", "critical"}

// String is the level's name in lower case, as the docs and the tables write it.
func (l Level) String() string {
	if l < 0 || int(l) >= len(names) {
		return fmt.Sprintf("risk.Level(%d)", int(l))
	}
	return names[l]
}

// Parse is the level of that name, Unrated without one.
func Parse(name string) Level { return Level(max(0, slices.Index(names[:], name))) }

// Effective is the level to act on: Unrated, or anything off the ladder, counts
// as Critical.
func (l Level) Effective() Level {
	if l < Read || l > Critical {
		return Critical
	}
	return l
}

// NeedsPlan reports whether a call at this level must be previewed and
// confirmed before it runs.
func (l Level) NeedsPlan() bool { return l.Effective() >= Outward }

// Meaning is what goes wrong when a call of this level should not have run, in
// one line for people who choose what to allow.
func (l Level) Meaning() string {
	switch l.Effective() {
	case Read:
		return "changes nothing"
	case Write:
		return "changes reversible data of the team"
	case Outward:
		return "reaches another person"
	case Destructive:
		return "removes something of the team"
	case Fiscal:
		return "creates or cancels a document at the SAT, or makes a charge"
	default:
		return "moves money out, changes keys or certificates, or deletes a team"
	}
}
