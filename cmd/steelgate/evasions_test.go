package main

import (
	"fmt"
	"strings"
)

// evasion is what somebody sends who wants more than their key may do, byte for byte. {core}, {side}, {home} and {away} stand for secrets,
// {case} for the evasion's number, which each request in it carries.
type evasion struct {
	name, bytes string
	// mustPass: a request that is as it should be, so that what the corpus proves is not that nothing works.
	mustPass bool
	// mustNot: there is a reading by which the key may do it, and that is not the one to go by.
	mustNot bool
}

const (
	executes = "/api/workflows/invoice/execute"
	coreKey  = "X-API-Key: {core}"
)

// asked is a request of the corpus.
func asked(method, uri string, headers ...string) string {
	return plainRequest(method, uri, append([]string{"X-Case: {case}"}, headers...)...)
}

// withBody is a request with a body of a length that is right.
func withBody(method, uri, body string, headers ...string) string {
	return asked(method, uri, append(headers, fmt.Sprintf("Content-Length: %d", len(body)))...) + body
}

// evasions is the corpus.
func evasions() (all []evasion) {
	add := func(list ...evasion) { all = append(all, list...) }
	add(honest()...)
	add(paths()...)
	add(methods()...)
	add(keys()...)
	add(spoofs()...)
	add(framings()...)
	add(upgrades()...)
	return all
}

// honest requests go through.
func honest() []evasion {
	return []evasion{
		{name: "a run", bytes: withBody("POST", executes, "{}", coreKey), mustPass: true},
		{name: "a run, by a bearer", bytes: withBody("POST", executes, "{}", "Authorization: Bearer {core}"), mustPass: true},
		{name: "a query", bytes: asked("GET", "/api/workflows/invoice?a=%2f..%2f&b=;&c=//&d=%00", coreKey), mustPass: true},
		{name: "a colon in an id", bytes: asked("GET", "/api/workflows/a:b", coreKey), mustPass: true},
		{name: "a colon in an id, escaped", bytes: asked("GET", "/api/workflows/a%3Ab", coreKey), mustPass: true},
		{name: "a colon in an id, escaped in small letters", bytes: asked("GET", "/api/workflows/a%3ab", coreKey), mustPass: true},
		{name: "from a network on the list", bytes: asked("GET", "/api/workflows/invoice", "X-API-Key: {home}"), mustPass: true},
		{name: "a body in chunks", bytes: asked("POST", executes, coreKey, "Transfer-Encoding: chunked") + "2\r\n{}\r\n0\r\n\r\n", mustPass: true},
		{name: "two in a row", bytes: strings.Replace(withBody("POST", executes, "{}", coreKey), "close", "keep-alive", 1) + asked("GET", "/api/workflows/invoice", coreKey), mustPass: true},
		{name: "another's", bytes: asked("POST", "/api/workflows/secret/execute", coreKey)},
		{name: "no key", bytes: asked("POST", executes)},
	}
}

// paths are ways to write a path that one server reads so and another otherwise.
func paths() (all []evasion) {
	for _, path := range []string{
		"/api/workflows/invoice/../secret/execute", "/api/workflows/secret/execute/../../invoice/execute", "/api/workflows/invoice/./execute",
		"/api/workflows/invoice/%2e%2e/secret/execute", "/api/workflows/invoice/%2E%2E/secret/execute", "/api/workflows/invoice/.%2e/secret/execute",
		"/api/workflows/invoice%2f..%2fsecret/execute", "/api/workflows/invoice%2F..%2Fsecret/execute", "/api/workflows/secret%2f..%2finvoice/execute",
		"/api/workflows/invoice/..%2fsecret/execute", "/api/workflows/invoice/..;/secret/execute", "/api/workflows/invoice;x=/../secret/execute",
		"/api/workflows/invoice;secret/execute", "/api/workflows/invoice/execute;x=1", "/api;x/workflows/invoice/execute",
		"/api/workflows/invoice//execute", "//api/workflows/invoice/execute", "/api//workflows/invoice/execute", "///api/workflows/invoice/execute",
		"//other.example/api/workflows/invoice/execute", "/api/workflows/invoice/execute/", "/api/workflows/invoice/execute//", "/api/workflows/invoice/execute/.",
		"/api/workflows/invoice/execute/..", "/api/workflows/invoice/execute%2f", "/api/workflows/invoice/execute.", "/api/workflows/invoice/execute..", "/api/workflows/invoice./execute",
		"/api/workflows/invoice%00/execute", "/api/workflows/invoice%00secret/execute", "/api/workflows/invoice/execute%00", "/api/workflows/invoice\x00/execute",
		"/api/workflows/invoice\\..\\secret/execute", "/api\\workflows\\invoice\\execute", "/api/workflows/invoice%5c..%5csecret/execute", "\\api\\workflows\\invoice\\execute",
		"/API/workflows/invoice/execute", "/api/Workflows/invoice/execute", "/api/workflows/INVOICE/execute", "/api/workflows/invoice/EXECUTE", "/api/workflows/invoice/execut%65",
		"/%61pi/workflows/invoice/execute", "/api/workflows/%69nvoice/execute", "/api/workflows/%73ecret/execute", "/api/workflows/invoice%252f..%252fsecret/execute", "/api/workflows/invoice%25/execute",
		"/api/workflows/invoice%/execute", "/api/workflows/invoice%zz/execute", "/api/workflows/invoice%2/execute", "/api/workflows/invoice%u002f/execute",
		"/api/workflows/invoice%c0%af..%c0%afsecret/execute", "/api/workflows/invoice\xc0\xaf/execute", "/api/workflows/invoice\xff/execute", "/api/workflows/invoice%ff/execute",
		"/api/workflows/\u0456nvoice/execute", "/api/workflows/invoice\u2215execute", "/api/workflows/invoice\uff0fexecute", "/api/workflows/\uff0e\uff0e/secret/execute",
		"/api/workflows/invoice/execute#", "/api/workflows/invoice#/../secret/execute", "/api/workflows/invoice/execute%23x", "/api/workflows/invoice/execute%3fx=1",
		"/api/workflows/invoice/execute?/../../secret/execute", "/api/workflows/secret/execute?x=/api/workflows/invoice/execute", "/api/workflows/invoice/execute?#/x", "/api/workflows/invoice/execute??",
		"/api/workflows/invoice /execute", "/api/workflows/invoice\t/execute", "/api/workflows/invoice%20/execute", "/api/workflows/invoice%09/execute", "/api/workflows/invoice%0d%0aX-API-Key:%20{side}/execute",
		"/api/workflows/invoice%7f/execute", "/api/workflows/invoice\x7f/execute", "/api/workflows/invoice\x01/execute", "/api/workflows/invoice\r/execute", "/api/workflows/%20invoice/execute",
		"/api/workflows//execute", "/api/workflows/%2f/execute", "/api/workflows/./execute", "/api/workflows/../execute", "/api/workflows/{workflow}/execute", "/api/workflows/*/execute",
		"/api/workflows/\"invoice\"/execute", "/api/workflows/<invoice>/execute", "/api/workflows/invoice|x/execute", "/api/workflows/invoice^/execute", "/api/workflows/invoice`/execute",
		"/api/workflows/inv+oice/execute", "/api/workflows/invoice,secret/execute", "/api/workflows/invoice&secret/execute", "/api/workflows/invoice=secret/execute", "/api/workflows/invoice@other/execute", "/api/workflows/~invoice/execute",
		"/x/../api/workflows/invoice/execute", "/_steelgate", "/_steelgate/", "/_steelgat%65", "/%5fsteelgate", "//_steelgate", "/x/../_steelgate", "/v1/forward-auth", "/", "", "*", "api/workflows/invoice/execute", "?x",
		"http://api.example/api/workflows/invoice/execute", "http://other.example/api/workflows/invoice/execute", "HTTP://api.example/api/workflows/invoice/execute", "http://api.example/api/workflows/invoice/../secret/execute",
		"http:///api/workflows/invoice/execute", "http:/api/workflows/invoice/execute", "http://user:password@api.example/api/workflows/invoice/execute", "http://api.example:80/api/workflows/invoice/execute", "https://api.example/api/workflows/invoice/execute",
		"file:///api/workflows/invoice/execute", "http://api.example", "http://api.example?/api/workflows/invoice/execute", "http://api.example\\@other/api/workflows/invoice/execute", "http://other.example//api/workflows/invoice/execute", "@other.example/api/workflows/invoice/execute",
		"/api/workflows/" + strings.Repeat("a", 7000) + "/execute", "/api/workflows/" + strings.Repeat("a", 200_000) + "/execute", "/api/workflows/" + strings.Repeat("../", 2000) + "api/workflows/invoice/execute",
		"/api/workflows/invoice/execute?" + strings.Repeat("x", 6000), "/api/workflows/invoice/execute?" + strings.Repeat("x", 200_000), "/" + strings.Repeat("/", 5000) + "api/workflows/invoice/execute",
	} {
		name := path
		if len(name) > 70 {
			name = name[:60] + fmt.Sprintf("… (%d)", len(path))
		}
		add := func(e evasion) { all = append(all, e) }
		add(evasion{name: "POST " + name, bytes: asked("POST", path, coreKey)})
		if strings.HasPrefix(path, "/api/workflows/") && strings.HasSuffix(path, "/execute") {
			add(evasion{name: "GET " + name, bytes: asked("GET", strings.TrimSuffix(path, "/execute"), coreKey)})
		}
	}
	return all
}

// methods are ways to ask for one thing and do another.
func methods() (all []evasion) {
	for _, method := range []string{
		"GET", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND", "MOVE", "COPY", "TRACK", "DEBUG", "PURGE", "LINK", "QUERY", "get", "Get", "post", "delete", "GET\x00", "GE T", "", "X" + strings.Repeat("Y", 5000), "G@T", "G\tET",
	} {
		for _, uri := range []string{"/api/workflows/invoice", executes} {
			all = append(all, evasion{name: fmt.Sprintf("%.20q %s", method, uri), bytes: asked(method, uri, coreKey)})
		}
	}
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X_HTTP_Method_Override", "x-http-method-override", "X-Http_Method-Override"} {
		all = append(all, evasion{name: name, bytes: asked("GET", "/api/workflows/invoice", coreKey, name+": DELETE")}, evasion{name: name + ", with a body", bytes: withBody("POST", executes, "{}", coreKey, name+": DELETE")})
	}
	return append(all,
		evasion{name: "CONNECT to a host", bytes: asked("CONNECT", "api.example:443", coreKey)},
		evasion{name: "OPTIONS *", bytes: asked("OPTIONS", "*", coreKey)},
		evasion{name: "HTTP/1.0", bytes: "POST " + executes + " HTTP/1.0\r\nX-Case: {case}\r\n" + coreKey + "\r\nContent-Length: 2\r\n\r\n{}"},
		evasion{name: "HTTP/1.0, keep-alive", bytes: "GET /api/workflows/invoice HTTP/1.0\r\nConnection: keep-alive\r\nX-Case: {case}\r\n" + coreKey + "\r\n\r\nGET /api/workflows/secret HTTP/1.0\r\nX-Case: {case}\r\n\r\n"},
		evasion{name: "HTTP/1.0, in chunks", bytes: "POST " + executes + " HTTP/1.0\r\nX-Case: {case}\r\n" + coreKey + "\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"},
		evasion{name: "HTTP/0.9", bytes: "GET /api/workflows/invoice\r\n"},
		evasion{name: "HTTP/1.2", bytes: strings.Replace(asked("GET", "/api/workflows/invoice", coreKey), "HTTP/1.1", "HTTP/1.2", 1)},
		evasion{name: "HTTP/2.0 in words", bytes: strings.Replace(asked("GET", "/api/workflows/invoice", coreKey), "HTTP/1.1", "HTTP/2.0", 1)},
		evasion{name: "http/1.1", bytes: strings.Replace(asked("GET", "/api/workflows/invoice", coreKey), "HTTP/1.1", "http/1.1", 1)},
		evasion{name: "HTTP/2's preface", bytes: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"},
		evasion{name: "words after the version", bytes: strings.Replace(asked("GET", "/api/workflows/invoice", coreKey), "HTTP/1.1", "HTTP/1.1 /api/workflows/secret", 1)},
		evasion{name: "two versions", bytes: asked("GET", "/api/workflows/secret HTTP/1.1 /api/workflows/invoice", coreKey)},
		evasion{name: "a line feed for a space", bytes: strings.Replace(asked("GET", "/api/workflows/invoice", coreKey), "GET ", "GET\n", 1)},
		evasion{name: "a blank line first", bytes: "\r\n" + asked("GET", "/api/workflows/invoice", coreKey)},
	)
}

// keys are ways to present two keys, or one that is seen by one server alone.
func keys() []evasion {
	post := func(headers ...string) string { return withBody("POST", executes, "{}", headers...) }
	return []evasion{
		{name: "one key twice", bytes: post(coreKey, coreKey), mustNot: true},
		{name: "two keys", bytes: post(coreKey, "X-API-Key: {side}"), mustNot: true},
		{name: "two keys, the other way about", bytes: post("X-API-Key: {side}", coreKey), mustNot: true},
		{name: "two keys, one small", bytes: post(coreKey, "x-api-key: {side}"), mustNot: true},
		{name: "a key and another bearer", bytes: post(coreKey, "Authorization: Bearer {side}"), mustNot: true},
		{name: "a key and the same bearer", bytes: post(coreKey, "Authorization: Bearer {core}")},
		{name: "two bearers", bytes: post("Authorization: Bearer {core}", "Authorization: Bearer {side}"), mustNot: true},
		{name: "two bearers, the other way about", bytes: post("Authorization: Bearer {side}", "Authorization: Bearer {core}"), mustNot: true},
		{name: "a bearer after a password", bytes: post("Authorization: Basic eDp5", "Authorization: Bearer {core}")},
		{name: "a password beside the key", bytes: post(coreKey, "Authorization: Basic eDp5")},
		{name: "keys joined by a comma", bytes: post("X-API-Key: {core}, {side}"), mustNot: true},
		{name: "keys joined by a space", bytes: post("X-API-Key: {core} {side}"), mustNot: true},
		{name: "an underscored key", bytes: post("X_API_Key: {core}"), mustNot: true},
		{name: "a half underscored key", bytes: post("X-API_Key: {core}"), mustNot: true},
		{name: "an underscored key of another", bytes: post(coreKey, "X_API_Key: {side}")},
		{name: "a space before the colon", bytes: post("X-API-Key : {core}"), mustNot: true},
		{name: "a tab before the colon", bytes: post("X-API-Key\t: {core}"), mustNot: true},
		{name: "another key with a space before the colon", bytes: post(coreKey, "X-API-Key : {side}"), mustNot: true},
		{name: "a space before the name", bytes: post("Accept: */*", " X-API-Key: {core}"), mustNot: true},
		{name: "a space before the first name", bytes: "POST " + executes + " HTTP/1.1\r\n X-API-Key: {core}\r\nHost: api.example\r\nX-Case: {case}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", mustNot: true},
		{name: "a folded key", bytes: post("X-API-Key:\r\n {core}")},
		{name: "a key folded in two", bytes: post("X-API-Key: sk-steelengine-\r\n\t{core}"), mustNot: true},
		{name: "a key folded after another", bytes: post(coreKey + "\r\n {side}"), mustNot: true},
		{name: "no name", bytes: post(coreKey, ": x")},
		{name: "no colon", bytes: post(coreKey, "X-API-Key")},
		{name: "an empty second key", bytes: post(coreKey, "X-API-Key:"), mustNot: true},
		{name: "spaces around", bytes: post("X-API-Key:  \t{core}\t ")},
		{name: "a NUL after the key", bytes: post("X-API-Key: {core}\x00"), mustNot: true},
		{name: "a NUL in the name", bytes: post("X-API-Key\x00: {core}"), mustNot: true},
		{name: "a bare carriage return", bytes: post("X-API-Key: {core}\rX-API-Key: {side}"), mustNot: true},
		{name: "a bare line feed", bytes: post("Accept: */*\nX-API-Key: {core}")},
		{name: "a bare line feed, and another", bytes: post("Accept: x\nX-API-Key: {side}", coreKey), mustNot: true},
		{name: "quotes", bytes: post(`X-API-Key: "{core}"`), mustNot: true},
		{name: "the key in the query", bytes: withBody("POST", executes+"?x-api-key={core}&api_key={core}", "{}"), mustNot: true},
		{name: "the key in a cookie", bytes: post("Cookie: X-API-Key={core}"), mustNot: true},
		{name: "the key with a password", bytes: post("Authorization: Basic {core}"), mustNot: true},
		{name: "a bearer in small letters", bytes: post("authorization: bearer {core}")},
		{name: "a bearer with two spaces", bytes: post("Authorization: Bearer  {core}")},
		{name: "a bearer after a tab", bytes: post("Authorization: Bearer\t{core}")},
		{name: "the key as a trailer", bytes: asked("POST", executes, "Transfer-Encoding: chunked", "Trailer: X-API-Key") + "2\r\n{}\r\n0\r\nX-API-Key: {core}\r\n\r\n", mustNot: true},
		{name: "another identity as a trailer", bytes: asked("POST", executes, coreKey, "Transfer-Encoding: chunked", "Trailer: X-Steelgate-Key-Id") + "2\r\n{}\r\n0\r\nX-Steelgate-Key-Id: key_mallory\r\n\r\n"},
		{name: "the key named in Connection", bytes: strings.Replace(post(coreKey), "close", "close, X-API-Key", 1)},
		{name: "a large header", bytes: post(coreKey, "X-Large: "+strings.Repeat("x", 7000))},
		{name: "a header too large", bytes: post(coreKey, "X-Large: "+strings.Repeat("x", 2<<20)), mustNot: true},
		{name: "too many headers", bytes: post(append([]string{coreKey}, strings.Split(strings.Repeat("X-Many: "+strings.Repeat("y", 100)+"\n", 20_000), "\n")[:20_000]...)...), mustNot: true},
		{name: "a large key", bytes: post("X-API-Key: {core}" + strings.Repeat("x", 3000)), mustNot: true},
	}
}

// spoofs say of a request that it is another, another's, or from elsewhere.
func spoofs() (all []evasion) {
	for _, line := range []string{
		"X-Forwarded-Uri: /api/workflows/invoice/execute", "X-Forwarded-Method: POST", "X-Original-URI: /api/workflows/invoice/execute", "X-Original-URL: /api/workflows/invoice/execute",
		"X-Original-Method: GET", "X-Rewrite-URL: /api/workflows/invoice/execute", "X-Forwarded-Path: /api/workflows/invoice", "X-Forwarded-Prefix: /api", "X_Forwarded_Uri: /api/workflows/invoice/execute",
		"X_Original_URL: /api/workflows/invoice/execute", "X-Forwarded-Host: other.example", "X-Forwarded-Proto: https", "X-Forwarded-Port: 1", "X-Host: other.example", "Forwarded: for=203.0.113.9;host=other.example", "X-Real-IP: 203.0.113.9", "X-Forwarded-Server: other",
		"Connection: X-Forwarded-Uri, X-Forwarded-Method", "Connection: X-Steelgate-Key-Id", "Connection: x-steelgate-billed-to, X-Steelgate-Permission", "Connection: X-Steelgate-Decision-Id, keep-alive", "Connection: X-Forwarded-For", "Connection: Authorization", "Connection: Host", "Connection: Content-Length",
		"X-Steelgate-Key-Id: key_mallory", "X-Steelgate-Key-Type: personal", "X-Steelgate-Billed-To: mallory", "X-Steelgate-Permission: admin", "X-Steelgate-Decision-Id: dec_mallory", "x-steelgate-key-id: key_mallory",
		"X_Steelgate_Key_Id: key_mallory", "X-Steelgate_Key-Id: key_mallory", "X_STEELGATE_BILLED_TO: mallory", "X-Steelgate-Key-Id: a\r\nX-Steelgate-Key-Id: b", "X-Steelgate-Key-Id:", "X-Steelgate-Billed-To:\r\n mallory",
		"Host: other.example", "Content-Type: application/x-www-form-urlencoded", "Expect: 100-continue", "Expect: 200-ok", "Range: bytes=0-1", "Max-Forwards: 0", "TE: trailers", "Accept-Encoding: gzip", "Content-Encoding: gzip", "If-None-Match: *", "X-Accel-Redirect: /_steelgate", "X-Sendfile: /etc/passwd",
	} {
		for _, workflow := range []string{"invoice", "secret"} {
			name, _, _ := strings.Cut(line, "\r")
			all = append(all, evasion{name: name + " on " + workflow, bytes: withBody("POST", "/api/workflows/"+workflow+"/execute", "{}", coreKey, line)})
			if strings.HasPrefix(line, "Connection: ") {
				// With one header of the name only.
				all = append(all, evasion{name: name + " alone on " + workflow, bytes: strings.Replace(withBody("POST", "/api/workflows/"+workflow+"/execute", "{}", coreKey), "Connection: close", line+", close", 1)})
			}
		}
	}
	for _, line := range []string{"X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 203.0.113.9, 127.0.0.1", "X-Forwarded-For: 203.0.113.9,", "X_Forwarded_For: 203.0.113.9", "X-Real-IP: 203.0.113.9", "Forwarded: for=203.0.113.9", "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 203.0.113.9", "X-Client-IP: 203.0.113.9", "True-Client-IP: 203.0.113.9", "CF-Connecting-IP: 203.0.113.9"} {
		all = append(all, evasion{name: "from elsewhere: " + line, bytes: asked("GET", "/api/workflows/invoice", "X-API-Key: {away}", line), mustNot: true},
			evasion{name: "from here: " + line, bytes: asked("GET", "/api/workflows/invoice", "X-API-Key: {home}", line)})
	}
	return all
}

// framings are ways to make one server see one request where another sees two.
func framings() []evasion {
	smuggled := "GET /api/workflows/secret HTTP/1.1\r\nHost: api.example\r\nX-Case: {case}\r\nX-Steelgate-Key-Id: key_mallory\r\n\r\n"
	post := func(headers ...string) string {
		return strings.Replace(asked("POST", executes, append([]string{coreKey}, headers...)...), "close", "keep-alive", 1)
	}
	return []evasion{
		{name: "length and chunks", bytes: post("Content-Length: 6", "Transfer-Encoding: chunked") + "0\r\n\r\n" + smuggled},
		{name: "chunks and length", bytes: post("Transfer-Encoding: chunked", fmt.Sprintf("Content-Length: %d", 5+len(smuggled))) + "0\r\n\r\n" + smuggled},
		{name: "two lengths", bytes: post("Content-Length: 0", fmt.Sprintf("Content-Length: %d", len(smuggled))) + smuggled},
		{name: "two lengths that agree", bytes: post("Content-Length: 2", "Content-Length: 2") + "{}"},
		{name: "lengths in a list", bytes: post(fmt.Sprintf("Content-Length: 0, %d", len(smuggled))) + smuggled},
		{name: "a length with a sign", bytes: post("Content-Length: +2") + "{}"},
		{name: "a negative length", bytes: post("Content-Length: -1") + smuggled},
		{name: "a hexadecimal length", bytes: post("Content-Length: 0x2") + "{}"},
		{name: "a length with a space", bytes: post("Content-Length : 2") + "{}" + smuggled},
		{name: "a length too large", bytes: post("Content-Length: 99999999999999999999") + smuggled},
		{name: "a length that is short", bytes: post("Content-Length: 2") + "{}" + smuggled},
		{name: "a length on GET", bytes: strings.Replace(withBody("GET", "/api/workflows/invoice", smuggled, coreKey), "close", "keep-alive", 1)},
		{name: "a length on HEAD", bytes: strings.Replace(withBody("HEAD", "/api/workflows/invoice", smuggled, coreKey), "close", "keep-alive", 1)},
		{name: "a length that Connection names", bytes: strings.Replace(withBody("POST", executes, smuggled, coreKey), "Connection: close", "Connection: keep-alive, Content-Length", 1)},
		{name: "chunks with a space", bytes: post("Transfer-Encoding : chunked") + "0\r\n\r\n" + smuggled},
		{name: "odd chunks", bytes: post("Transfer-Encoding: xchunked") + "0\r\n\r\n" + smuggled},
		{name: "chunks twice", bytes: post("Transfer-Encoding: chunked", "Transfer-Encoding: identity") + "0\r\n\r\n" + smuggled},
		{name: "chunks in a list", bytes: post("Transfer-Encoding: identity, chunked") + "0\r\n\r\n" + smuggled},
		{name: "chunks, zipped", bytes: post("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n" + smuggled},
		{name: "chunks, a tab", bytes: post("Transfer-Encoding:\tchunked") + "0\r\n\r\n" + smuggled},
		{name: "chunks, a vertical tab", bytes: post("Transfer-Encoding: \x0bchunked", "Content-Length: 5") + "0\r\n\r\n" + smuggled},
		{name: "chunks, folded", bytes: post("Transfer-Encoding:\r\n chunked", "Content-Length: 5") + "0\r\n\r\n" + smuggled},
		{name: "chunks, underscored", bytes: post("Transfer_Encoding: chunked", "Content-Length: 5") + "0\r\n\r\n" + smuggled},
		{name: "chunks, quoted", bytes: post(`Transfer-Encoding: "chunked"`, "Content-Length: 5") + "0\r\n\r\n" + smuggled},
		{name: "chunks in capitals", bytes: post("TRANSFER-ENCODING: CHUNKED") + "0\r\n\r\n" + smuggled},
		{name: "a chunk with an extension", bytes: post("Transfer-Encoding: chunked") + "2;a=\"\r\nx\"\r\n{}\r\n0\r\n\r\n" + smuggled},
		{name: "a chunk that lies", bytes: post("Transfer-Encoding: chunked") + "1\r\n{}\r\n0\r\n\r\n" + smuggled},
		{name: "a chunk with a sign", bytes: post("Transfer-Encoding: chunked") + "+2\r\n{}\r\n0\r\n\r\n" + smuggled},
		{name: "a chunk of 0x2", bytes: post("Transfer-Encoding: chunked") + "0x2\r\n{}\r\n0\r\n\r\n" + smuggled},
		{name: "a chunk too large", bytes: post("Transfer-Encoding: chunked") + "fffffffffffffffff2\r\n{}\r\n0\r\n\r\n" + smuggled},
		{name: "chunks with line feeds", bytes: post("Transfer-Encoding: chunked") + "2\n{}\n0\n\n" + smuggled},
		{name: "a last chunk of 00", bytes: post("Transfer-Encoding: chunked") + "2\r\n{}\r\n000\r\n\r\n" + smuggled},
		{name: "a body that does not come", bytes: post("Content-Length: 100") + "{}"},
		{name: "chunks that do not end", bytes: post("Transfer-Encoding: chunked") + "2\r\n{}\r\n"},
		{name: "pipelined, without a key", bytes: post("Content-Length: 2") + "{}" + smuggled + asked("GET", "/api/workflows/invoice")},
		{name: "pipelined, of two keys", bytes: post("Content-Length: 2") + "{}" + asked("GET", "/api/workflows/secret", "X-API-Key: {side}")},
		{name: "pipelined, many", bytes: strings.Repeat(post("Content-Length: 2")+"{}", 20) + asked("GET", "/api/workflows/secret", coreKey)},
		{name: "two hosts", bytes: withBody("POST", executes, "{}", coreKey, "Host: other.example")},
		{name: "no host", bytes: strings.Replace(withBody("POST", executes, "{}", coreKey), "Host: api.example\r\n", "", 1)},
		{name: "an odd host", bytes: strings.Replace(withBody("POST", executes, "{}", coreKey), "api.example", "api.example/api/workflows/secret?", 1)},
		{name: "a host with a user", bytes: strings.Replace(withBody("POST", executes, "{}", coreKey), "api.example", "other@api.example", 1)},
		{name: "an empty host", bytes: strings.Replace(withBody("POST", executes, "{}", coreKey), "api.example", "", 1)},
		{name: "a host of steelgate's", bytes: strings.Replace(withBody("POST", executes, "{}", coreKey), "api.example", "steelgate", 1)},
		{name: "a host and another authority", bytes: withBody("POST", "http://other.example"+executes, "{}", coreKey)},
		{name: "line feeds alone", bytes: strings.ReplaceAll(withBody("POST", executes, "{}", coreKey), "\r\n", "\n")},
		{name: "carriage returns alone", bytes: strings.ReplaceAll(withBody("POST", executes, "{}", coreKey), "\r\n", "\r"), mustNot: true},
		{name: "headers that do not end", bytes: strings.TrimSuffix(asked("GET", "/api/workflows/invoice", coreKey), "\r\n"), mustNot: true},
		{name: "nothing", bytes: "\r\n\r\n"},
		{name: "TLS", bytes: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", mustNot: true},
		{name: "a PROXY header", bytes: "PROXY TCP4 203.0.113.9 127.0.0.1 1 80\r\n" + asked("GET", "/api/workflows/invoice", "X-API-Key: {away}"), mustNot: true},
	}
}

// upgrades turn the connection into one on which nobody judges any more.
func upgrades() (all []evasion) {
	for _, lines := range []string{
		"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nConnection: Upgrade, HTTP2-Settings", "Upgrade: h2c\r\nConnection: Upgrade", "Upgrade: h2c", "Upgrade: H2C\r\nConnection: upgrade",
		"Upgrade: h2c, websocket\r\nConnection: Upgrade", "Upgrade: websocket, h2c\r\nConnection: Upgrade", "Upgrade: h2c\r\nUpgrade: websocket\r\nConnection: Upgrade", "Upgrade: websocket\r\nUpgrade: h2c\r\nConnection: Upgrade",
		"Upgrade: TLS/1.0\r\nConnection: Upgrade", "Upgrade: websocket\r\nConnection: Upgrade, X-Steelgate-Key-Id", "Upgrade: websocket\r\nConnection: Upgrade\r\nConnection: X-Steelgate-Billed-To", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	} {
		bytes := strings.Replace(asked("GET", "/api/workflows/invoice", coreKey, lines), "Connection: close\r\n", "", 1)
		name := strings.ReplaceAll(lines, "\r\n", "; ")
		all = append(all, evasion{name: name, bytes: bytes},
			evasion{name: name + ", and more", bytes: bytes + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "GET /api/workflows/secret HTTP/1.1\r\nHost: api.example\r\nX-Case: {case}\r\n\r\n"})
	}
	return all
}
