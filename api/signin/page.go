// Package signin is the page that people see where signing in through a provider fails: they come back by a redirect, to no
// page of the console.
package signin

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strings"
)

//go:embed refusal.html
var layout string

//go:embed page.css
var style string

// content are the parts that the template puts in.
type content struct {
	Style         template.CSS
	Title, Detail string
}

var refusal = template.Must(template.New("refusal").Parse(layout))

// Refusal is the page of a sign-in that failed, and the content security policy that it needs.
func Refusal(title, detail string) (text, policy string) {
	var out strings.Builder
	// The template and what goes into it are files of this package and texts: it can't fail but for a mistake in them.
	if err := refusal.Execute(&out, content{Style: template.CSS(style), Title: title, Detail: detail}); err != nil { //nolint:gosec // the file beside this one
		panic(err)
	}
	digest := sha256.Sum256([]byte(style))
	return out.String(), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
