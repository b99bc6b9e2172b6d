package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// The cache answers what OPA's own would, whatever is put into it, in however many frames.
func TestVirtualCacheIsOPAs(t *testing.T) {
	terms := []*ast.Term{
		ast.StringTerm(""), ast.StringTerm("a"), ast.StringTerm("b"), ast.StringTerm("aXb"), ast.StringTerm("aYb"), ast.IntNumberTerm(1), ast.NullTerm(), ast.BooleanTerm(true),
		ast.ObjectTerm(), ast.ObjectTerm(ast.Item(ast.StringTerm("a"), ast.IntNumberTerm(1))), ast.ArrayTerm(ast.StringTerm("a")), ast.SetTerm(),
	}
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		ours, opas := &virtualCache{}, topdown.NewVirtualCache()
		someRef := func() ast.Ref {
			ref := ast.Ref{ast.DefaultRootDocument}
			for range random.IntN(4) {
				ref = append(ref, terms[random.IntN(len(terms))])
			}
			if random.IntN(2) == 0 { // the same by value, not by pointer
				ref = ref.Copy()
			}
			return ref
		}
		depth := 0
		for step := range 400 {
			switch random.IntN(20) {
			case 0:
				ours.Push()
				opas.Push()
				depth++
			case 1:
				if depth > 0 {
					ours.Pop()
					opas.Pop()
					depth--
				}
			case 2, 3, 4, 5, 6, 7, 8:
				ref, value := someRef(), ast.IntNumberTerm(step)
				if random.IntN(4) == 0 {
					value = nil
				}
				ours.Put(ref, value)
				opas.Put(ref, value)
				for i := range ref { // OPA uses its references again
					ref[i] = nil
				}
			default:
				ref := someRef()
				value, undefined := ours.Get(ref)
				wantValue, wantUndefined := opas.Get(ref)
				if value != wantValue || undefined != wantUndefined {
					t.Fatalf("seed %d, step %d: %v is %v, %t; want %v, %t", seed, step, ref, value, undefined, wantValue, wantUndefined)
				}
			}
		}
		if got, want := refSet(ours.Keys()), refSet(opas.Keys()); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d: keys %v, want %v", seed, got, want)
		}
		ours.clear()
		if value, undefined := ours.Get(someRef()); value != nil || undefined || len(ours.Keys()) != 0 {
			t.Fatalf("seed %d: something is left after clear", seed)
		}
	}
}

func refSet(refs []ast.Ref) map[string]bool {
	set := map[string]bool{}
	for _, ref := range refs {
		set[ref.String()] = true
	}
	return set
}
