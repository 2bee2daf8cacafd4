//go:build !js

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

const megabyte = 1e6

func writeTable(to io.Writer, viewers []viewer) error {
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "viewer\tHTTP MB\tP2P MB\tP2P %\tsent MB\tpeers\tstart s\tplayed to s\tstalls\tstalled s\tsegments\tlost\twarnings\t")
	for i, v := range viewers {
		if v.err != nil {
			fmt.Fprintf(t, "%d\tfailed\t\t\t\t\t\t\t\t\t\t\t\t\n", i)
			continue
		}
		r := v.report
		fmt.Fprintf(t, "%d\t%.2f\t%.2f\t%.0f\t%.2f\t%d\t%.2f\t%.1f\t%d\t%.2f\t%d\t%d\t%d\t\n", i,
			float64(r.HTTPBytes)/megabyte, float64(r.P2PBytes)/megabyte, 100*r.PeerShare(),
			float64(r.UploadedBytes)/megabyte, r.MostPeers, r.Started.Seconds(), r.Position,
			r.Stalls, r.StalledFor.Seconds(), r.Loaded, r.Skipped+r.Failed, r.Warnings)
	}
	return t.Flush()
}

// viewerJSON is a viewer's report; times are in seconds.
type viewerJSON struct {
	Error         string        `json:"error,omitempty"`
	HTTPBytes     int64         `json:"httpBytes"`
	P2PBytes      int64         `json:"p2pBytes"`
	UploadedBytes int64         `json:"uploadedBytes"`
	Peers         int           `json:"peers"`
	MostPeers     int           `json:"mostPeers"`
	Started       float64       `json:"started"`
	Position      float64       `json:"position"`
	Stalls        int           `json:"stalls"`
	StalledFor    float64       `json:"stalledFor"`
	Ended         bool          `json:"ended"`
	Skipped       int           `json:"skipped"`
	Failed        int           `json:"failed"`
	Warnings      int           `json:"warnings"`
	Segments      []segmentJSON `json:"segments"`
}

type segmentJSON struct {
	Type   string `json:"type"`
	ID     int64  `json:"id"`
	Name   string `json:"name"` // URL, or URL|start-end
	Source string `json:"source"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func writeJSON(to io.Writer, viewers []viewer) error {
	list := make([]viewerJSON, len(viewers))
	for i, v := range viewers {
		list[i] = describe(v)
		if v.err != nil {
			list[i].Error = v.err.Error()
		}
	}
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(map[string]any{"viewers": list})
}

func describe(v viewer) viewerJSON {
	r, segments := v.report, make([]segmentJSON, len(v.segments))
	for i, s := range v.segments {
		segments[i] = segmentJSON{
			Type: string(s.Type), ID: s.ExternalID, Name: s.RuntimeID,
			Source: string(s.Source), Bytes: s.Bytes, SHA256: s.SHA256,
		}
	}
	return viewerJSON{
		HTTPBytes: r.HTTPBytes, P2PBytes: r.P2PBytes, UploadedBytes: r.UploadedBytes,
		Peers: r.Peers, MostPeers: r.MostPeers,
		Started: r.Started.Seconds(), Position: r.Position,
		Stalls: r.Stalls, StalledFor: r.StalledFor.Seconds(), Ended: r.Ended,
		Skipped: r.Skipped, Failed: r.Failed, Warnings: r.Warnings,
		Segments: segments,
	}
}
