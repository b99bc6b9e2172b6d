package api

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

// metrics are what the doors count. No label ever holds what a caller sent.
type metrics struct {
	decisions *prometheus.CounterVec
	limited   *prometheus.CounterVec
	requests  *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry, e *engine.Engine) *metrics {
	m := &metrics{
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "steelgate_decisions_total", Help: "Decisions by door and code.",
		}, []string{"door", "code"}),
		limited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "steelgate_limited_total", Help: "Requests that were refused because of too many before them, by what was limited.",
		}, []string{"limit"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "steelgate_http_request_duration_seconds", Help: "Time to answer a request, by route and status.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"method", "route", "status"}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	registry.MustRegister(m.decisions, m.limited, m.requests,
		gauge("steelgate_data_revision", "Revision of the data in force.", func() float64 {
			if s := e.Snapshot(); s != nil {
				return float64(s.Revision())
			}
			return 0
		}),
		gauge("steelgate_policy_revision", "Revision of the policy in force.", func() float64 {
			if p := e.Policy(); p != nil {
				return float64(p.Revision())
			}
			return 0
		}),
		gauge("steelgate_data_age_seconds", "Time since the data in force was last known to be the whole truth.", func() float64 {
			age, _ := e.Freshness()
			return age.Seconds()
		}),
		gauge("steelgate_keys", "API keys in the snapshot in force, revoked ones among them.", func() float64 {
			if s := e.Snapshot(); s != nil {
				return float64(s.Counts().Keys)
			}
			return 0
		}),
	)
	return m
}

func metricsHandler(registry *prometheus.Registry) gin.HandlerFunc {
	return gin.WrapH(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
}

// decided counts a decision. A policy's own codes are counted together: a hostile edit must not make a label of each.
func (m *metrics) decided(door string, d authz.Decision) {
	code := d.Code
	if !isShippedCode[code] {
		code = "other"
	}
	m.decisions.WithLabelValues(door, string(code)).Inc()
}

var isShippedCode = func() map[authz.Code]bool {
	codes := map[authz.Code]bool{"no_route": true, "untrusted_proxy": true, "too_many_failures": true}
	for _, code := range authz.Codes {
		codes[code] = true
	}
	return codes
}()

// observe times every request.
func (s *server) observe(c *gin.Context) {
	began := time.Now()
	c.Next()
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	s.metrics.answered(c.Request.Method, route, c.Writer.Status(), time.Since(began))
}

// answered times one request over HTTP.
func (m *metrics) answered(method, route string, status int, took time.Duration) {
	if !isKnownMethod[method] {
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

var isKnownMethod = map[string]bool{
	"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true,
}
