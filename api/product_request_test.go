package api_test

// productCases are requests to the product's own API, by the name of the key that asks, and what each door for proxies says of them.
var productCases = []struct {
	key, method, uri string
	status           int
	code             string
	billed, granted  string
}{
	{"core", "POST", "/api/workflows/invoice/execute", 200, "", "ada", "write"},
	{"core", "POST", "/api/workflows/invoice/execute?x=1&y=../..//%2f", 200, "", "ada", "write"},
	{"ben", "GET", "/api/workflows/invoice", 200, "", "ben", "write"},
	{"ben", "PUT", "/api/workflows/invoice", 200, "", "ben", "write"},
	{"ben", "PATCH", "/api/workflows/invoice", 200, "", "ben", "write"},
	{"ada", "DELETE", "/api/workflows/invoice", 200, "", "ada", "admin"},
	{"ada", "POST", "/api/workflows/invoice/deploy", 200, "", "ada", "admin"},
	{"cleo", "GET", "/api/workflows/invoice/logs", 200, "", "cleo", "read"},
	{"cleo", "GET", "/api/workflows/invoice/metrics", 200, "", "cleo", "read"},
	{"cleo", "GET", "/api/workspaces/core/logs", 200, "", "cleo", "read"},
	{"cleo", "GET", "/api/workspaces/core/metrics", 200, "", "cleo", "read"},
	{"core", "GET", "/api/mcp/office", 200, "", "ada", "write"},
	{"core", "POST", "/api/mcp/office", 200, "", "ada", "write"},
	{"acme", "POST", "/api/workflows/invoice/execute", 200, "", "ada", "write"},

	{"cleo", "POST", "/api/workflows/invoice/execute", 403, "insufficient_permission", "", ""},
	{"ben", "DELETE", "/api/workflows/invoice", 403, "insufficient_permission", "", ""},
	{"ben", "POST", "/api/workflows/etl/execute", 403, "personal_keys_disabled", "", ""},
	{"ben", "POST", "/api/workflows/dust/execute", 403, "workspace_archived", "", ""},
	{"core", "POST", "/api/workflows/draft/execute", 403, "workflow_not_deployed", "", ""},
	{"core", "POST", "/api/mcp/down", 403, "mcp_server_not_deployed", "", ""},
	{"narrow", "POST", "/api/workflows/report/execute", 403, "outside_scope", "", ""},
	{"core", "POST", "/api/workflows/none/execute", 403, "outside_scope", "", ""},
	// To the key's holder a workspace that they are no member of is as one that is not there.
	{"ben", "POST", "/api/workflows/assay/execute", 403, "outside_scope", "", ""},

	{"core", "GET", "/api/workflows/invoice/execute", 403, "no_route", "", ""},
	{"core", "post", "/api/workflows/invoice/execute", 403, "no_route", "", ""},
	{"core", "POST", "/api/workflows/invoice/execute/", 403, "no_route", "", ""},
	{"core", "POST", "/api/workflows//execute", 403, "no_route", "", ""},
	{"core", "GET", "/", 403, "no_route", "", ""},
	{"core", "GET", "/api/workflows", 403, "no_route", "", ""},
	{"core", "CONNECT", "/api/workflows/invoice", 403, "no_route", "", ""},
	{"core", "POST /api/workflows/invoice/execute HTTP/1.1\r\nX:", "/api/workflows/invoice", 403, "no_route", "", ""},
}

// twoReadings are paths that a proxy and the server behind it might read in two ways.
var twoReadings = []string{
	"/api/workflows/x/../invoice/execute", "/api/workflows/./invoice/execute", "/api//workflows/invoice/execute", "//api/workflows/invoice/execute",
	"/api/workflows/invoice%2fexecute", "/api/workflows/invoice%2Fexecute", "/api/workflows/%69nvoice/execute", "/api/workflows/invoice%00/execute",
	"/api/workflows/%2e%2e/execute", "/api/workflows/.%2e/execute", "/api/workflows/invoice%2e/execute", "/api/workflows/%252e/execute", "/api/workflows/in%5cvoice/execute",
	"/api/workflows/in\\voice/execute", "/api/workflows/invoice/execute#x", "/api/workflows/invoice /execute", "/api/workflows/invoice\x00/execute",
	"/api/workflows/%ff/execute", "/api/workflows/%c0%ae/execute", "/api/workflows/%/execute", "/api/workflows/%zz/execute", "/api/workflows/invoice%0d%0aX/execute",
	"http://host/api/workflows/invoice/execute", "api/workflows/invoice/execute", "*", "", "?", "/..", "/api/workflows/..", "/api/workflows/..;/invoice/execute",
	"/api/workflows/invoice;x/execute/..",
}
