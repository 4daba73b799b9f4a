package gigstack

// Auth is the page of accounts themselves.
var Auth = Resource{
	Name:      "auth",
	Doc:       "Sign-up of new accounts by partners, and the health of authentication.",
	Endpoints: []Operation{},
}
