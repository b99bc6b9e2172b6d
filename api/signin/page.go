// Package signin is the page that people sign in at, and the one that they see where that fails. It knows the API's calls by
// their names, and nothing of what is behind them.
package signin

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"sync"
)

//go:embed page.html
var pageTemplate string

//go:embed refusal.html
var refusalTemplate string

//go:embed page.css
var style string

//go:embed page.js
var script string

// Document is a page as it is served.
type Document struct {
	Text string
	// Tag is its ETag.
	Tag string
	// Policy is the content security policy that it needs: its own style and script, calls of this server, and nothing else.
	Policy string
}

// content are the parts that the templates put in.
type content struct {
	Style         template.CSS
	Script        template.JS
	Title, Detail string
}

var made = sync.OnceValue(func() Document {
	text := render(pageTemplate, content{Style: template.CSS(style), Script: template.JS(script)}) //nolint:gosec // the files beside this one
	return Document{
		Text: text, Tag: fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(text))),
		Policy: "default-src 'none'; style-src " + source(style) + "; script-src " + source(script) +
			"; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
	}
})

// Page is where people sign in, and see that they are.
func Page() Document { return made() }

// Refusal is the page of a sign-in that failed, and the content security policy that it needs.
func Refusal(title, detail string) (text, policy string) {
	text = render(refusalTemplate, content{Style: template.CSS(style), Title: title, Detail: detail}) //nolint:gosec // the file beside this one
	return text, "default-src 'none'; style-src " + source(style) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

func render(layout string, c content) string {
	var out strings.Builder
	// The template and what goes into it are files of this package and texts: it can't fail but for a mistake in them.
	if err := template.Must(template.New("page").Parse(layout)).Execute(&out, c); err != nil {
		panic(err)
	}
	return out.String()
}

// source lets a browser use an inline text by its digest.
func source(text string) string {
	digest := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
}
