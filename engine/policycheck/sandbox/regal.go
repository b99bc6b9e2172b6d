package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/steelengine/steelgate/engine"
)

// lintTime is how long a linter may take.
const lintTime = 5 * time.Second

// maxHints is how many of a linter's findings are told.
const maxHints = 100

// lint asks Regal, where it is installed, what it would mend. It stands in nobody's way: what goes wrong is no finding.
func (c *Checker) lint(ctx context.Context, files map[string]string) engine.Diagnostics {
	program, err := exec.LookPath(cmp.Or(c.Regal, "regal"))
	if err != nil {
		// It is not installed.
		return nil
	}
	folder, err := os.MkdirTemp("", "steelgate-lint-")
	if err != nil {
		return nil
	}
	defer func() { _ = os.RemoveAll(folder) }()
	for path, source := range files {
		// The paths were held to stay below the folder before.
		path = filepath.Join(folder, filepath.FromSlash(path))
		if os.MkdirAll(filepath.Dir(path), 0o700) != nil || os.WriteFile(path, []byte(source), 0o600) != nil {
			return nil
		}
	}
	linter := exec.CommandContext(ctx, program, "lint", "--format", "json", ".") // #nosec G204 -- the linter that is installed
	linter.Env, linter.Dir, linter.WaitDelay = []string{"HOME=" + folder}, folder, grace
	alone(linter)
	answer := &bounded{limit: maxAnswer}
	linter.Stdout = answer
	// It ends with a code where it found something.
	_ = linter.Run()
	if ctx.Err() != nil {
		return nil
	}
	return readFindings(answer.text.Bytes())
}

func readFindings(answer []byte) (found engine.Diagnostics) {
	var report struct {
		Violations []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			Level       string `json:"level"`
			Location    struct {
				File string `json:"file"`
				Row  int    `json:"row"`
				Col  int    `json:"col"`
			} `json:"location"`
		} `json:"violations"`
	}
	// Nothing is read of what can't be read.
	_ = json.Unmarshal(answer, &report)
	for _, v := range report.Violations {
		if len(found) == maxHints {
			break
		}
		severity := "hint"
		if v.Level == "error" {
			severity = "warning"
		}
		found = append(found, engine.Diagnostic{
			Path: strings.TrimPrefix(filepath.ToSlash(v.Location.File), "./"), Row: v.Location.Row, Col: v.Location.Col,
			Severity: severity, Code: "regal/" + v.Title, Message: v.Description,
		})
	}
	return found
}
