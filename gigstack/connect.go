package gigstack

// Connect is the page of gigstack Connect in the older documentation.
var Connect = Resource{
	Name:      "connect",
	Doc:       "gigstack Connect as the older documentation describes it (/connect/teams). Prefer the teams toolset; these may no longer answer.",
	Endpoints: []Operation{},
}
