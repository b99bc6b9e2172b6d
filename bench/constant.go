package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/steelengine/steelgate/bench/world"
)

// constantAnswer is of the length that a decision's has.
const constantAnswer = `{"decision_id":"dec_00000000000000000000000000000000","allow":true,"status":200,"code":"allowed","message":"The key may do this.",` +
	`"key":{"id":"key_0000000000000000000000","name":"Key 0 of the team","type":"workspace"},"permission":{"required":"write","granted":"write"},` +
	`"billed_to":{"type":"user","id":"user_000000000000"},"policy_revision":1,"data_revision":1}`

// startConstant runs this program as a server with the stack of the real one (gin, the recovery, the request histogram, the
// look at the service token, the reading of the body), which decides nothing.
func (b *bench) startConstant(world.World) (*process, error) {
	return b.start("constant", "/readyz", time.Minute, func(address string) []string {
		return []string{b.self, "-constant", address}
	})
}

func serveConstant(address string) error {
	gin.SetMode(gin.ReleaseMode)
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "requests", Buckets: prometheus.DefBuckets}, []string{"method", "route", "status"})
	want := sha256.Sum256([]byte(adminToken))

	router := gin.New()
	router.Use(func(c *gin.Context) {
		begin := time.Now()
		c.Next()
		requests.WithLabelValues(c.Request.Method, c.FullPath(), strconv.Itoa(c.Writer.Status())).Observe(time.Since(begin).Seconds())
	}, gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }))
	router.GET("/readyz", func(c *gin.Context) { c.Status(http.StatusOK) })
	router.POST("/v1/decisions", func(c *gin.Context) {
		_, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
		if got := sha256.Sum256([]byte(token)); subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		if _, err := io.Copy(io.Discard, http.MaxBytesReader(c.Writer, c.Request.Body, 1<<20)); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		c.Data(http.StatusOK, "application/json", []byte(constantAnswer))
	})
	// As the API behind a gateway.
	router.NoRoute(func(c *gin.Context) { c.Data(http.StatusOK, "application/json", []byte(constantAnswer)) })
	server := &http.Server{Addr: address, Handler: router, ReadHeaderTimeout: time.Minute}
	return fmt.Errorf("serving a constant: %w", server.ListenAndServe())
}
