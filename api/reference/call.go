package reference

import (
	"slices"
	"strings"
)

// Call is one call, as it is shown.
type Call struct {
	ID, Method, Path, Summary, Text string
	// Access says in words which credential it needs.
	Access     string
	Parameters []Field
	Body       *Body
	Answers    []Answer
	Curl       string
}

// Body is what is sent, or what is answered.
type Body struct {
	MediaType string
	Required  bool
	Text      string
	Fields    []Field
	Example   string
}

// Answer is one of a call's answers.
type Answer struct {
	Status  string
	Text    string
	Headers []Field
	Body    *Body
}

// IsRefusal tells whether the answer is an error: its body is a problem like every other.
func (a Answer) IsRefusal() bool { return a.Status >= "4" }

var methods = []string{"get", "post", "put", "patch", "delete"}

// callsOf are a path's calls.
func callsOf(path string, item node) []Call {
	var calls []Call
	for _, method := range item.entries() {
		if slices.Contains(methods, method.name) {
			calls = append(calls, callOf(path, method.name, item, method.value))
		}
	}
	return calls
}

func callOf(path, method string, item, operation node) Call {
	call := Call{
		ID: operation.get("operationId").text(), Method: strings.ToUpper(method), Path: path,
		Summary: operation.get("summary").text(), Text: operation.get("description").text(), Access: accessOf(operation.get("security")),
	}
	parameters := append(item.get("parameters").list(), operation.get("parameters").list()...)
	for _, p := range parameters {
		call.Parameters = append(call.Parameters, Field{
			Name: p.get("name").text(), In: p.get("in").text(), Type: typeOf(p.get("schema")), Required: p.get("required").text() == "true", Text: p.get("description").text(),
		})
	}
	if body := operation.get("requestBody"); body.exists() {
		call.Body = bodyOf(body.get("content"))
		call.Body.Required = body.get("required").text() == "true"
	}
	for _, response := range operation.get("responses").entries() {
		call.Answers = append(call.Answers, answerOf(response))
	}
	call.Curl = curlOf(call, parameters)
	return call
}

// bodyOf is the content of the first media type: there is one.
func bodyOf(content node) *Body {
	for _, media := range content.entries() {
		body := &Body{MediaType: media.name, Text: textOf(media.value.get("schema")), Fields: fieldsOf(media.value.get("schema"))}
		if line := media.value.get("x-line"); line.exists() {
			body.Text, body.Fields = body.Text+" "+textOf(line), fieldsOf(line)
		}
		if given := media.value.get("example"); given.text() != "" {
			body.Example = given.text()
		} else {
			body.Example = example(given)
		}
		return body
	}
	return nil
}

func answerOf(response entry) Answer {
	answer := Answer{Status: response.name, Text: response.value.get("description").text(), Body: bodyOf(response.value.get("content"))}
	for _, header := range response.value.get("headers").entries() {
		answer.Headers = append(answer.Headers, Field{
			Name: header.name, Type: typeOf(header.value.get("schema")), Required: header.value.get("required").text() == "true", Text: header.value.get("description").text(),
		})
	}
	return answer
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
func curlOf(call Call, parameters []node) string {
	path, query := call.Path, []string{}
	var headers string
	takesKey := strings.HasPrefix(call.Access, "The API key")
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
	if isImplied := call.Method == "GET" || call.Method == "POST" && call.Body != nil; !isImplied {
		command += " -X " + call.Method
	}
	command += ` "$B` + path + `"`
	switch {
	case takesKey:
		command += ` -H "X-API-Key: $KEY"`
	case call.Access != "No token.":
		command += ` -H "$A"`
	}
	command += headers
	switch {
	case call.Body == nil:
	case strings.Contains(call.Body.MediaType, "ndjson"):
		command += " --data-binary @- <<'EOF'\n" + call.Body.Example + "EOF"
	default:
		command += " -d '" + strings.ReplaceAll(call.Body.Example, "'", `'\''`) + "'"
	}
	return command
}
