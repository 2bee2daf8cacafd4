package main

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/p2p-mediastream/p2p-mediastream/server/socket"
	"github.com/p2p-mediastream/p2p-mediastream/server/tracker"
)

// namespace begins the name of every metric of ours.
const namespace = "p2p_mediastream"

// metrics is what /metrics shows. Its methods may be called from anywhere.
type metrics struct {
	registry  *prometheus.Registry
	messages  *prometheus.CounterVec // direction, kind
	stunAsked *prometheus.CounterVec // answered
	responses *prometheus.CounterVec // kind, status
	bytes     *prometheus.CounterVec // kind
}

func newMetrics() *metrics {
	counter := func(subsystem, name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help}, labels)
	}
	m := &metrics{
		registry:  prometheus.NewRegistry(),
		messages:  counter("tracker", "messages_total", "Messages from clients (in) and to clients (out).", "direction", "kind"),
		stunAsked: counter("stun", "datagrams_total", "Datagrams received; those that were no Binding request have no answer.", "answered"),
		responses: counter("origin", "responses_total", "Responses of the origin.", "kind", "status"),
		bytes:     counter("origin", "sent_bytes_total", "Bytes of body that the origin sent.", "kind"),
	}
	m.registry.MustRegister(m.messages, m.stunAsked, m.responses, m.bytes,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds the state of a hub.
func (m *metrics) watch(hub *socket.Hub) {
	for _, gauge := range []struct {
		name, help string
		read       func(socket.Stats) int
	}{
		{"connections", "WebSocket connections now.", func(s socket.Stats) int { return s.Connections }},
		{"swarms", "Swarms that have peers now.", func(s socket.Stats) int { return s.Swarms }},
		{"peers", "Peers now; one in two swarms counts twice.", func(s socket.Stats) int { return s.Peers }},
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Namespace: namespace, Subsystem: "tracker", Name: gauge.name, Help: gauge.help},
			func() float64 { return float64(gauge.read(hub.Stats())) }))
	}
}

func (m *metrics) message(direction socket.Direction, kind tracker.Kind) {
	m.messages.WithLabelValues(string(direction), string(kind)).Inc()
}

func (m *metrics) stun(answered bool) {
	m.stunAsked.WithLabelValues(strconv.FormatBool(answered)).Inc()
}

func (m *metrics) response(kind string, status int, bytes int64) {
	m.responses.WithLabelValues(kind, strconv.Itoa(status)).Inc()
	m.bytes.WithLabelValues(kind).Add(float64(bytes))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
