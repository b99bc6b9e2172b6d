package api

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/apikey"
)

// The cookies. A browser takes one whose name begins so from a secure origin alone, and sends it to this very host alone.
const (
	sessionCookie = "__Host-steelgate"
	// stateCookie tells that who comes back from the provider is who went there.
	stateCookie = "__Host-steelgate-sign-in"
)

// setCookie has the browser hold a secret that no script can read, and that is not sent when another site asks in the
// background.
func setCookie(c *gin.Context, name string, secret apikey.Secret, lasts time.Duration) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: name, Value: secret.Reveal(), Path: "/", MaxAge: int(lasts.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func dropCookie(c *gin.Context, name string) {
	http.SetCookie(c.Writer, &http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// sendTo sends the browser somewhere else.
func sendTo(c *gin.Context, location string) {
	c.Header("Cache-Control", "no-store")
	// Without a type there is no body either, which would repeat the address, and the state that may be in it.
	c.Writer.Header()["Content-Type"] = nil
	c.Redirect(http.StatusSeeOther, location)
}

// cookie is the secret that the browser holds under a name, and whether it sent anything there. Two of one name are none: they
// can't be told apart.
func cookie(r *http.Request, name, prefix string) (secret apikey.Secret, sent bool) {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return apikey.Secret{}, len(found) > 0
	}
	secret, err := apikey.ParseTicket(prefix, found[0].Value)
	if err != nil {
		return apikey.Secret{}, true
	}
	return secret, true
}

// newCrossOriginProtection refuses what another site has a browser do. Behind a proxy the host that we are asked as may differ
// from the one that the browser knows.
func newCrossOriginProtection(publicURL string) *http.CrossOriginProtection {
	protection := http.NewCrossOriginProtection()
	if public, err := url.Parse(publicURL); err == nil && public.Host != "" {
		// It is an origin, for it was made of one.
		_ = protection.AddTrustedOrigin(public.Scheme + "://" + public.Host)
	}
	return protection
}

// mustBeSameOrigin refuses a change that another site has the browser ask for.
func (s *server) mustBeSameOrigin(r *http.Request) error {
	if s.crossOrigin.Check(r) != nil {
		return newProblem(http.StatusForbidden, "cross_origin", "The request was made by a page of another site: nothing was changed.")
	}
	return nil
}

// browserHeaders are what every answer tells a browser, which sees an API's answers too. The doors that gateways and services
// ask a thousand times a second leave them out.
func (s *server) browserHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if c.Request.TLS != nil || strings.HasPrefix(s.publicURL, "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
