package reference

import (
	"strings"
	"testing"
)

const small = `
info: {title: T, description: "One <script> & ` + "`<code>`" + `.\n\nTwo."}
tags: [{name: Some things}]
paths:
  /things/{id}:
    parameters: [{$ref: "#/components/parameters/ID"}]
    put:
      operationId: putThing
      tags: [Some things]
      summary: Make a <b>thing</b>
      security: [{serviceToken: [directory]}]
      requestBody:
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Thing"}
            example: {name: "it's </code>", sizes: [1, 2], of: {deep: null}}
      responses:
        "200": {description: Made., content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
        "404": {description: "` + "`not_found`" + `"}
components:
  parameters:
    ID: {name: id, in: path, required: true, example: a1, schema: {type: string, maxLength: 128}}
  schemas:
    Thing:
      type: object
      required: [name]
      properties:
        name: {type: string, minLength: 1, maxLength: 2000}
        sizes: {type: [array, "null"], items: {type: integer}, maxItems: 10}
        of:
          type: object
          properties:
            deep: {enum: [null, a, b]}
        when: {allOf: [{$ref: "#/components/schemas/Time"}], description: Later.}
    Time: {type: string, format: date-time}
`

func TestPageSaysWhatTheDocumentSays(t *testing.T) {
	text, _, err := Render(small)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<p>One &lt;script&gt; &amp; <code>&lt;code&gt;</code>.</p><p>Two.</p>", `<h2 id="some-things">Some things</h2>`, `<article id="putThing">`, "Make a &lt;b&gt;thing&lt;/b&gt;",
		"A service token of scope <code>directory</code> or <code>admin</code>.", `<code>id</code> <span class="type">path, string, at most 128 characters, required</span>`,
		`<code>name</code> <span class="type">string, 1 to 2,000 characters, required</span>`, `<code>sizes</code> <span class="type">array of integers or null, at most 10 elements</span>`,
		`<code>of</code> <span class="type">object</span>`, `<code>when</code> <span class="type">time</span>`, "Later.",
		"curl -s -X PUT &#34;$B/things/a1&#34; -H &#34;$A&#34; -d &#39;{&#34;name&#34;: &#34;it&#39;\\&#39;&#39;s &lt;/code&gt;&#34;, &#34;sizes&#34;: [1, 2], &#34;of&#34;: {&#34;deep&#34;: null}}&#39;",
		"may be left out", "may be absent",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	if t.Failed() {
		t.Log(text[strings.Index(text, "<main"):])
	}
}

func TestNoDocumentIsNoPage(t *testing.T) {
	for _, text := range []string{"", "a: [", "\t"} {
		if _, _, err := Render(text); err == nil {
			t.Errorf("%q makes a page", text)
		}
	}
}
