package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// natsHosts are the hosts of the URL, or of each of several with commas between
// them. Nothing of a URL is repeated in an error: it may hold a password.
func natsHosts(list string) (hosts []string, err error) {
	const want = "want a URL such as nats://127.0.0.1:4222"
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		u, err := url.Parse(one)
		switch {
		case err != nil:
			return nil, errors.New("is not a URL; " + want)
		case u.Scheme != "nats" && u.Scheme != "tls":
			return nil, fmt.Errorf("its scheme is %q; %s", u.Scheme, want)
		case u.Hostname() == "":
			return nil, errors.New("names no host; " + want)
		case u.Port() != "" && !isPort(u.Port()):
			return nil, fmt.Errorf("port %s is out of range; %s", u.Port(), want)
		case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
			return nil, errors.New("goes on behind the port; " + want)
		}
		hosts = append(hosts, u.Hostname())
	}
	return hosts, nil
}

// temporalHosts is the host of the address.
func temporalHosts(address string) (hosts []string, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || !isPort(port) || strings.ContainsAny(host, "/@ ") {
		return nil, errors.New("want HOST:PORT such as 127.0.0.1:7233, without a scheme")
	}
	return []string{host}, nil
}

// collectorHosts is the host of the URL of a collector. Nothing of it is repeated in an
// error, as it may hold a password, which it must not.
func collectorHosts(address string) (hosts []string, err error) {
	const want = "want a URL such as http://127.0.0.1:4318"
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("is not a URL; " + want)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("its scheme is %q; %s", u.Scheme, want)
	case u.Hostname() == "":
		return nil, errors.New("names no host; " + want)
	case u.Port() != "" && !isPort(u.Port()):
		return nil, fmt.Errorf("port %s is out of range; %s", u.Port(), want)
	case u.User != nil:
		return nil, errors.New("holds credentials; they belong in OTEL_EXPORTER_OTLP_HEADERS")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("goes on behind the path; " + want)
	}
	return []string{u.Hostname()}, nil
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 65535
}

// loopback reports whether a host is this machine. No name is looked up: what a
// name leads to may have changed by the time the load is sent.
func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
