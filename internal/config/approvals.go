package config

import (
	"errors"
	"strings"
)

// ApprovalTask is what the approvals command is to do.
type ApprovalTask struct {
	Verb   string // list, show, approve or deny
	ID     string // of all but list
	By     string // the person who decides; "" for whoever is logged in
	Reason string // of deny; often ""
	All    bool   // of list: also what is over
}

type approvalFlags struct {
	List struct {
		All  string `name:"all" placeholder:"true" default:"false" type:"switch" help:"Also those that are over."`
		JSON string `name:"json" placeholder:"true" default:"false" type:"switch" help:"As JSON."`
	} `cmd:"" help:"List calls that wait for a person, and those approved or denied that have not run."`
	Show struct {
		ID string `arg:"" name:"id" help:"The approval."`
	} `cmd:"" help:"Show what a call would do."`
	Approve decisionFlags `cmd:"" help:"Let a call run once, after a look at it; at a terminal."`
	Deny    struct {
		decisionFlags
		Reason string `name:"reason" placeholder:"TEXT" help:"What the agent is told."`
	} `cmd:"" help:"Keep a call from running, also when it was approved before."`
}

type decisionFlags struct {
	ID string `arg:"" name:"id" help:"The approval."`
	By string `name:"by" placeholder:"NAME" help:"Who decides, for the record; your login stands beside it."`
}

// longest is what names and reasons may take up in a record.
const longest = 200

// task checks the flags of the command in words; the task is empty for another one.
func (f approvalFlags) task(words []string, flag func(string, string) bool, report func(string, error)) ApprovalTask {
	if Command(words[0]) != Approvals {
		return ApprovalTask{}
	}
	t := ApprovalTask{Verb: words[1], All: flag("--all", f.List.All)}
	switch t.Verb {
	case "show":
		t.ID = f.Show.ID
	case "approve":
		t.ID, t.By = f.Approve.ID, strings.TrimSpace(f.Approve.By)
	case "deny":
		t.ID, t.By, t.Reason = f.Deny.ID, strings.TrimSpace(f.Deny.By), strings.TrimSpace(f.Deny.Reason)
	}
	if len(t.By) > longest {
		report("--by", errors.New("it is too long"))
	}
	if len(t.Reason) > longest {
		report("--reason", errors.New("it is too long"))
	}
	return t
}
