package main

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// namespace begins the name of every metric of ours.
const namespace = "p2p_mediastream"

// metrics is what /metrics shows. Its methods may be called from anywhere.
type metrics struct {
	registry  *prometheus.Registry
	responses *prometheus.CounterVec // kind, status
	bytes     *prometheus.CounterVec // kind
}

func newMetrics() *metrics {
	counter := func(subsystem, name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry:  prometheus.NewRegistry(),
		responses: counter("origin", "responses_total", "Responses of the origin.", "kind", "status"),
		bytes:     counter("origin", "sent_bytes_total", "Bytes of body that the origin sent.", "kind"),
	}
	m.registry.MustRegister(m.responses, m.bytes,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.gauge("build_info", "1; the version, and the Go it was built with, are its labels.", []string{"version", "goversion"},
		func(show show) { show(1, version(), runtime.Version()) })
	started := float64(time.Now().UnixMilli()) / 1000
	m.gauge("start_time_seconds", "When the server was started, in Unix time.", nil, func(show show) { show(started) })
	return m
}

func (m *metrics) response(kind string, status int, bytes int64) {
	m.responses.WithLabelValues(kind, strconv.Itoa(status)).Inc()
	m.bytes.WithLabelValues(kind).Add(float64(bytes))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// gauge adds a figure of now. Its name goes without the namespace.
func (m *metrics) gauge(name, help string, labels []string, read func(show)) {
	m.figure(prometheus.GaugeValue, name, help, labels, read)
}

// counter adds a figure that only grows.
func (m *metrics) counter(name, help string, labels []string, read func(show)) {
	m.figure(prometheus.CounterValue, name, help, labels, read)
}

func (m *metrics) figure(kind prometheus.ValueType, name, help string, labels []string, read func(show)) {
	desc := prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
	m.registry.MustRegister(figure{desc: desc, kind: kind, read: read})
}

// figure is a metric whose owner keeps count of it in its own way, and which is
// read only when somebody asks for it.
type figure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(show)
}

// show gives a value of a figure, with the values of its labels.
type show func(value float64, labels ...string)

// Describe implements prometheus.Collector.
func (f figure) Describe(to chan<- *prometheus.Desc) { to <- f.desc }

// Collect implements prometheus.Collector.
func (f figure) Collect(to chan<- prometheus.Metric) {
	f.read(func(value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(f.desc, f.kind, value, labels...)
	})
}
