package reference

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"html/template"
	"strings"
)

//go:embed page.html
var pageTemplate string

//go:embed page.css
var style string

// page is what the template shows.
type page struct {
	Title, Summary, Text string
	Style                template.CSS
	Schemes              []field
	Sections             []section
	// Problem is the body of a refusal.
	Problem body
}

// section are the calls of one tag.
type section struct {
	Name, Text string
	Calls      []call
}

var layout = template.Must(template.New("page").Funcs(template.FuncMap{
	"prose": prose, "anchor": anchor,
}).Parse(pageTemplate))

// Render makes a page of a document in YAML, and the content security policy that it needs: its own style, and nothing else.
func Render(document string) (text, policy string, err error) {
	root, err := parse(document)
	if err != nil {
		return "", "", err
	}
	info := root.get("info")
	p := page{
		Title: info.get("title").text(), Summary: info.get("summary").text(), Text: info.get("description").text(),
		Style: template.CSS(style), //nolint:gosec // the file beside this one
	}
	p.Problem = body{
		Fields:  fieldsOf(root.get("components", "schemas", "Problem")),
		Example: example(root.get("components", "responses", "InvalidField", "content", "application/problem+json", "example")),
	}
	for _, scheme := range root.get("components", "securitySchemes").entries() {
		p.Schemes = append(p.Schemes, field{Name: scheme.name, Text: scheme.value.get("description").text()})
	}
	for _, tag := range root.get("tags").list() {
		s := section{Name: tag.get("name").text(), Text: tag.get("description").text()}
		for _, path := range root.get("paths").entries() {
			for _, call := range callsOf(path.name, path.value) {
				if path.value.get(strings.ToLower(call.Method), "tags").has(s.Name) {
					s.Calls = append(s.Calls, call)
				}
			}
		}
		p.Sections = append(p.Sections, s)
	}
	var out strings.Builder
	if err := layout.Execute(&out, p); err != nil {
		return "", "", err
	}
	digest := sha256.Sum256([]byte(style))
	policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return out.String(), policy, nil
}

// prose is a description as HTML: blank lines part paragraphs, backticks hold code.
func prose(text string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if paragraph == "" {
			continue
		}
		out.WriteString("<p>")
		for i, piece := range strings.Split(paragraph, "`") {
			if escaped := html.EscapeString(piece); i%2 == 1 {
				out.WriteString("<code>" + escaped + "</code>")
			} else {
				out.WriteString(escaped)
			}
		}
		out.WriteString("</p>")
	}
	return template.HTML(out.String()) //nolint:gosec // every piece is escaped above
}

// anchor is a name as a part of an address.
func anchor(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "-") }
