package apikey

import "testing"

func FuzzParseKeyring(f *testing.F) {
	f.Add([]byte(`{"format":"steelgate-keyring-1","versions":[{"version":1,"pepper":"","sealing_key":""}]}`))
	f.Add([]byte(`{"format":"steelgate-keyring-1","versions":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		keyring, err := parseKeyring(text)
		if err == nil {
			keyring.Digest(Mint())
		}
	})
}
