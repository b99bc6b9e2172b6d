// Package apikey is everything that touches a secret: minting, parsing, digesting and sealing, and the keyring that the
// last two depend on.
//
// It owns the format of secrets and of the keyring file. It imports nothing of ours, and knows neither what a key may do
// nor where its record is kept.
package apikey
