package bundle

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// ErrPolicy says that the policy in force can't be put into a bundle, and why.
var ErrPolicy = errors.New("the policy can't be bundled")

// manifest says what a bundle is, and which names below data are its alone.
type manifest struct {
	Revision    string   `json:"revision"`
	Roots       []string `json:"roots"`
	RegoVersion int      `json:"rego_version"`
}

// RevisionOf names what a view decides by and on: the policy's revision, and the data's.
func RevisionOf(v *engine.View) string {
	return fmt.Sprintf("%d:%d", v.PolicyRevision(), v.DataRevision())
}

// pack writes a view's bundle. The same view packs into the same bytes, and so does every view of its two revisions as long as no
// key has expired between them. Each collection is put aside in a file in the folder before, for an archive says how long a file is before what is in it.
func pack(v *engine.View, folder string, to io.Writer) error {
	files := v.Policy().Files()
	roots, err := rootsOf(files)
	if err != nil {
		return err
	}
	aside, err := openTemporary(folder)
	if err != nil {
		return err
	}
	defer aside.Close()
	zip, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
	if err != nil {
		return err
	}
	p := packer{tar: tar.NewWriter(zip), aside: aside}
	p.manifest(manifest{RevisionOf(v), roots, 1})
	p.text("steelgate_edge/decision.rego", EdgeDecision)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if !engine.IsTest(path) {
			p.text("policy/"+path, files[path])
		}
	}
	w := world{
		snapshot: v.Snapshot(), sight: opastore.NewTransaction(v.Snapshot(), v.Now()),
		isLive: func(k snapshot.Key) bool { return v.Snapshot().Liveness(k, v.Now()) == "" },
	}
	for _, c := range collections {
		p.collection(&w, c)
	}
	if p.err != nil {
		return p.err
	}
	return errors.Join(p.tar.Close(), zip.Close())
}

// rootsOf are the first names below data that a policy's packages and the collections stand at. The error is ErrPolicy where a package stands where
// records do, or where the bundle's own entrypoint does.
func rootsOf(files map[string]string) ([]string, error) {
	roots := []string{"steelgate"}
	for _, c := range collections {
		roots = append(roots, c.name)
	}
	for path, source := range files {
		if engine.IsTest(path) {
			continue
		}
		module, err := ast.ParseModuleWithOpts(path, source, engine.ParserOptions())
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
		}
		if fault := faultOf(module); fault != "" {
			return nil, fmt.Errorf("%w: %s: %s", ErrPolicy, path, fault)
		}
		if p := module.Package.Path; len(p) > 1 {
			roots = append(roots, strings.Trim(p[1].String(), `"`))
		}
	}
	slices.Sort(roots)
	return slices.Compact(roots), nil
}

// faultOf says why a module can't stand in a bundle: the check of a draft refuses such a one, but a revision may be older than that.
func faultOf(module *ast.Module) string {
	isRecords := func(path ast.Ref) bool {
		return len(path) > 1 && slices.ContainsFunc(collections, func(c collection) bool { return path[1].Value.Compare(ast.String(c.name)) == 0 })
	}
	edge := ast.MustParseRef(edgePackage)
	for _, rule := range module.Rules {
		switch path := rule.Ref().GroundPrefix(); {
		case isRecords(path):
			return "the rule " + path.String() + " stands where records do"
		case path.HasPrefix(edge):
			return "the rule " + path.String() + " stands where the bundle's own entrypoint does"
		}
	}
	return ""
}

// packer writes files into an archive, until one fails. Nothing of a file but its path and content is said, so that the same files are
// the same archive.
type packer struct {
	tar   *tar.Writer
	aside *os.File
	err   error
}

func (p *packer) file(path string, length int64, content io.Reader) {
	if p.err != nil {
		return
	}
	if p.err = p.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o444, Size: length}); p.err == nil {
		_, p.err = io.Copy(p.tar, content)
	}
}

func (p *packer) text(path, content string) {
	p.file(path, int64(len(content)), strings.NewReader(content))
}

func (p *packer) manifest(m manifest) {
	text, err := json.Marshal(m, json.Deterministic(true))
	if p.err == nil {
		p.err = err
	}
	p.text(".manifest", string(text))
}

func (p *packer) collection(w *world, c collection) {
	if p.err == nil {
		p.err = p.aside.Truncate(0)
	}
	if p.err == nil {
		_, p.err = p.aside.Seek(0, io.SeekStart)
	}
	if p.err != nil {
		return
	}
	buffered := bufio.NewWriterSize(p.aside, 1<<16)
	var length int64
	if p.err = errors.Join(w.write(c, buffered), buffered.Flush()); p.err == nil {
		length, p.err = p.aside.Seek(0, io.SeekCurrent)
	}
	p.file(c.name+"/data.json", length, io.NewSectionReader(p.aside, 0, length))
}
