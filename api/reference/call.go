package reference

import (
	"slices"
	"strings"
)

// call is one call, as it is shown.
type call struct {
	ID, Method, Path, Summary, Text string
	// Access says in words which credential it needs.
	Access     string
	Parameters []field
	Body       *body
	Answers    []answer
	Curl       string
}

// body is what is sent, or what is answered.
type body struct {
	MediaType string
	Required  bool
	Text      string
	Fields    []field
	Example   string
}

// answer is one of a call's answers.
type answer struct {
	Status  string
	Text    string
	Headers []field
	Body    *body
}

// IsRefusal tells whether the answer is an error: its body is a problem like every other.
func (a answer) IsRefusal() bool { return a.Status >= "4" }

var methods = []string{"get", "head", "post", "put", "patch", "delete"}

// callsOf are a path's calls.
func callsOf(path string, item node) []call {
	var calls []call
	for _, method := range item.entries() {
		if slices.Contains(methods, method.name) {
			calls = append(calls, callOf(path, method.name, item, method.value))
		}
	}
	return calls
}

func callOf(path, method string, item, operation node) call {
	c := call{
		ID: operation.get("operationId").text(), Method: strings.ToUpper(method), Path: path,
		Summary: operation.get("summary").text(), Text: operation.get("description").text(), Access: accessOf(operation.get("security")),
	}
	parameters := append(item.get("parameters").list(), operation.get("parameters").list()...)
	for _, p := range parameters {
		c.Parameters = append(c.Parameters, field{
			Name: p.get("name").text(), In: p.get("in").text(), Type: typeOf(p.get("schema")), Required: p.get("required").text() == "true", Text: p.get("description").text(),
		})
	}
	if sent := operation.get("requestBody"); sent.exists() {
		c.Body = bodyOf(sent.get("content"))
		c.Body.Required = sent.get("required").text() == "true"
	}
	for _, response := range operation.get("responses").entries() {
		c.Answers = append(c.Answers, answerOf(response))
	}
	c.Curl = curlOf(c, parameters)
	return c
}

// bodyOf is the content of the first media type: there is one.
func bodyOf(content node) *body {
	all := content.entries()
	if len(all) == 0 {
		return nil
	}
	media, schema := all[0].value, all[0].value.get("schema")
	b := &body{MediaType: all[0].name, Text: textOf(schema), Fields: fieldsOf(schema)}
	if line := media.get("x-line"); line.exists() {
		b.Text, b.Fields = b.Text+" "+textOf(line), fieldsOf(line)
	}
	if given := media.get("example"); given.text() != "" {
		b.Example = given.text()
	} else {
		b.Example = example(given)
	}
	return b
}

func answerOf(response entry) answer {
	a := answer{Status: response.name, Text: response.value.get("description").text(), Body: bodyOf(response.value.get("content"))}
	for _, header := range response.value.get("headers").entries() {
		a.Headers = append(a.Headers, field{
			Name: header.name, Type: typeOf(header.value.get("schema")), Required: header.value.get("required").text() == "true", Text: header.value.get("description").text(),
		})
	}
	return a
}

// accessOf puts a call's security into words.
func accessOf(security node) string {
	var scopes []string
	for _, way := range security.list() {
		for _, scheme := range way.entries() {
			if scheme.name != "serviceToken" {
				return "The API key that is judged; no service token."
			}
			scopes = append(scopes, scheme.value.texts()...)
		}
	}
	if len(scopes) == 0 {
		return "No token."
	}
	if !slices.Contains(scopes, "admin") {
		scopes = append(scopes, "admin")
	}
	return "A service token of scope `" + strings.Join(scopes, "` or `") + "`."
}

// curlOf is the call as one may paste it, once B is the server and A the header of a token.
func curlOf(c call, parameters []node) string {
	path, query := c.Path, []string{}
	var headers string
	takesKey := strings.HasPrefix(c.Access, "The API key")
	for _, p := range parameters {
		given := p.get("example").text()
		switch in := p.get("in").text(); {
		case given == "":
		case in == "path":
			path = strings.ReplaceAll(path, "{"+p.get("name").text()+"}", given)
		case in == "query":
			query = append(query, p.get("name").text()+"="+strings.ReplaceAll(given, " ", "%20"))
		case takesKey:
			headers += " \\\n  -H '" + p.get("name").text() + ": " + given + "'"
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	command := "curl -s"
	if isImplied := c.Method == "GET" || c.Method == "POST" && c.Body != nil; !isImplied {
		command += " -X " + c.Method
	}
	command += ` "$B` + path + `"`
	switch {
	case takesKey:
		command += ` -H "X-API-Key: $KEY"`
	case c.Access != "No token.":
		command += ` -H "$A"`
	}
	command += headers
	switch {
	case c.Body == nil:
	case strings.Contains(c.Body.MediaType, "ndjson"):
		command += " --data-binary @- <<'EOF'\n" + c.Body.Example + "EOF"
	default:
		command += " -d '" + strings.ReplaceAll(c.Body.Example, "'", `'\''`) + "'"
	}
	return command
}
