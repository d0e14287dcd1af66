/*
 * kvload: an epoll load generator for get-only traffic over the memcached text
 * protocol or RESP2. It keeps `pipeline` requests of `multi` keys each in flight
 * on every connection, checks every reply's framing, and reports throughput,
 * latency percentiles and the CPU time that the server's processes spent.
 *
 *   cc -O2 -o kvload kvload.c -lm
 *   kvload --port 11211 --proto memcached --conns 50 --pipeline 1 --multi 1 \
 *          --prefix key- --keys 100000 --seconds 4 --pid SERVER_PID
 *
 * Keys are PREFIX followed by a number in [0, keys), uniform or, with --zipf S,
 * from a Zipf distribution with exponent S. With --rate R so many requests are
 * begun a second, and a latency counts from the moment when its request should
 * have begun; without it every connection sends as soon as it may. Prints one
 * JSON object.
 * Exit status: 0, or 1 on a connection, protocol or argument error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_CAP = 1 << 21, RING = 4096, BUCKETS = 1 << 16 };
typedef struct {
  int fd, inflight, head, tail, out_len, out_off, in_len;
  uint64_t sent_at[RING];
  char *in, *out;
  int array_left; /* RESP: bulk strings still due in the current MGET reply */
} conn;

static const char *host = "127.0.0.1", *proto = "memcached", *prefix = "key-";
static int port = 11211, conns = 50, pipeline = 1, multi = 1, resp = 0;
static long nkeys = 100000;
static double seconds = 4, rate = 0, zipf = 0, zeta_n, zipf_eta, zipf_alpha;
static long pids[64];
static int npids = 0;
static uint64_t hist[BUCKETS], requests, hits, misses, rng = 88172645463325252ull;

static void die(const char *what) { fprintf(stderr, "kvload: %s: %s\n", what, strerror(errno)); exit(1); }
static uint64_t now_ns(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static uint64_t t0, issued; /* when the run began; requests begun so far */
static uint64_t rnd(void) { rng ^= rng << 13; rng ^= rng >> 7; rng ^= rng << 17; return rng; }

/* Gray et al., "Quickly generating billion-record synthetic databases" (1994). */
static void zipf_init(void) {
  double zeta2 = 1 + pow(0.5, zipf);
  for (long i = 1; i <= nkeys; i++) zeta_n += 1 / pow((double)i, zipf);
  zipf_alpha = 1 / (1 - zipf);
  zipf_eta = (1 - pow(2.0 / nkeys, 1 - zipf)) / (1 - zeta2 / zeta_n);
}
static long next_key(void) {
  if (zipf == 0) return (long)(rnd() % nkeys);
  double u = (rnd() >> 11) * 0x1p-53, uz = u * zeta_n;
  long rank = uz < 1 ? 0 : uz < 1 + pow(0.5, zipf) ? 1 : (long)(nkeys * pow(zipf_eta * u - zipf_eta + 1, zipf_alpha));
  if (rank >= nkeys) rank = nkeys - 1;
  return (long)((uint64_t)rank * 2654435761u % (uint64_t)nkeys); /* scattered over the keys */
}

/* CPU seconds (user + system) used so far by the server's processes. */
static double server_cpu(void) {
  double sum = 0;
  for (int i = 0; i < npids; i++) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pids[i]);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(line, sizeof line, f)) die(path);
    fclose(f);
    unsigned long u, s;
    if (sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &s) != 2) die("stat");
    sum += (double)(u + s) / sysconf(_SC_CLK_TCK);
  }
  return sum;
}

static int append_request(char *p) {
  char *start = p;
  if (resp) {
    if (multi == 1) p += sprintf(p, "*2\r\n$3\r\nGET\r\n");
    else p += sprintf(p, "*%d\r\n$4\r\nMGET\r\n", multi + 1);
  } else p += sprintf(p, "get");
  for (int i = 0; i < multi; i++) {
    char key[300];
    int n = snprintf(key, sizeof key, "%s%ld", prefix, next_key());
    if (resp) p += sprintf(p, "$%d\r\n%s\r\n", n, key);
    else { *p++ = ' '; memcpy(p, key, n); p += n; }
  }
  if (!resp) { *p++ = '\r'; *p++ = '\n'; }
  return p - start;
}

static void flush_out(conn *c) {
  while (c->out_off < c->out_len) {
    ssize_t n = send(c->fd, c->out + c->out_off, c->out_len - c->out_off, MSG_NOSIGNAL);
    if (n < 0) { if (errno == EAGAIN) return; die("send"); }
    c->out_off += n;
  }
  c->out_off = c->out_len = 0;
}

static void fill(conn *c) {
  uint64_t t = now_ns();
  while (c->inflight < pipeline) {
    if (rate > 0) {
      uint64_t due = t0 + (uint64_t)(issued / rate * 1e9);
      if (due > now_ns()) break;
      t = due;
    }
    issued++;
    c->out_len += append_request(c->out + c->out_len);
    c->sent_at[c->tail] = t;
    c->tail = (c->tail + 1) % RING;
    c->inflight++;
  }
  flush_out(c);
}

static void answered(conn *c, uint64_t t) {
  uint64_t us = (t - c->sent_at[c->head]) / 1000;
  hist[us < BUCKETS ? us : BUCKETS - 1]++;
  c->head = (c->head + 1) % RING;
  c->inflight--;
  requests++;
}

/* Consumes whole reply lines and values; returns the bytes consumed. */
static int parse(conn *c, uint64_t t) {
  char *p = c->in, *end = c->in + c->in_len;
  while (p < end) {
    char *nl = memchr(p, '\n', end - p);
    if (!nl) break;
    if (resp) {
      if (*p == '*') { c->array_left = atoi(p + 1); p = nl + 1; continue; }
      if (*p != '$') { fprintf(stderr, "kvload: unexpected reply %.*s\n", (int)(nl - p), p); exit(1); }
      long n = atol(p + 1);
      if (n < 0) { misses++; p = nl + 1; }
      else { if (end - (nl + 1) < n + 2) break; hits++; p = nl + 1 + n + 2; }
      if (c->array_left > 0 ? --c->array_left == 0 : 1) answered(c, t);
    } else if (nl - p >= 3 && !memcmp(p, "END", 3)) { answered(c, t); p = nl + 1; }
    else if (nl - p > 6 && !memcmp(p, "VALUE ", 6)) {
      char *q = nl; while (q[-1] != ' ') q--;
      long n = atol(q);
      if (end - (nl + 1) < n + 2) break;
      if (nl[1 + n] != '\r') { fprintf(stderr, "kvload: a value is not framed right\n"); exit(1); }
      hits++;
      p = nl + 1 + n + 2;
    } else { fprintf(stderr, "kvload: unexpected reply %.*s\n", (int)(nl - p), p); exit(1); }
  }
  return p - c->in;
}

int main(int argc, char **argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    char *k = argv[i], *v = argv[i + 1];
    if (!strcmp(k, "--host")) host = v; else if (!strcmp(k, "--port")) port = atoi(v);
    else if (!strcmp(k, "--proto")) proto = v; else if (!strcmp(k, "--conns")) conns = atoi(v);
    else if (!strcmp(k, "--pipeline")) pipeline = atoi(v); else if (!strcmp(k, "--multi")) multi = atoi(v);
    else if (!strcmp(k, "--prefix")) prefix = v; else if (!strcmp(k, "--keys")) nkeys = atol(v);
    else if (!strcmp(k, "--seconds")) seconds = atof(v);
    else if (!strcmp(k, "--rate")) rate = atof(v); else if (!strcmp(k, "--zipf")) zipf = atof(v);
    else if (!strcmp(k, "--pid")) { if (npids < 64) pids[npids++] = atol(v); }
    else { fprintf(stderr, "kvload: unknown option %s\n", k); return 1; }
  }
  resp = !strcmp(proto, "resp");
  if (pipeline < 1 || pipeline >= RING || multi < 1 || conns < 1 || nkeys < 1) { fprintf(stderr, "kvload: an option is out of range\n"); return 1; }
  if (zipf < 0 || zipf >= 1) { fprintf(stderr, "kvload: --zipf takes a number from 0 to 1\n"); return 1; }
  if (zipf > 0) zipf_init();
  int ep = epoll_create1(0);
  conn *cs = calloc(conns, sizeof *cs);
  struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };
  inet_pton(AF_INET, host, &sa.sin_addr);
  for (int i = 0; i < conns; i++) {
    conn *c = &cs[i];
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *)&sa, sizeof sa) < 0) die("connect");
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    c->in = malloc(IN_CAP);
    c->out = malloc((size_t)(pipeline + 1) * multi * 320 + 4096);
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
  }
  double cpu0 = server_cpu();
  t0 = now_ns();
  uint64_t stop = t0 + (uint64_t)(seconds * 1e9);
  for (int i = 0; i < conns; i++) fill(&cs[i]);
  struct epoll_event evs[256];
  while (now_ns() < stop) {
    int n = epoll_wait(ep, evs, 256, rate > 0 ? 0 : 100);
    for (int i = 0; i < n; i++) {
      conn *c = evs[i].data.ptr;
      if (c->out_len) flush_out(c);
      ssize_t r = recv(c->fd, c->in + c->in_len, IN_CAP - c->in_len, 0);
      if (r == 0) { fprintf(stderr, "kvload: the server closed a connection\n"); return 1; }
      if (r < 0) { if (errno == EAGAIN) continue; die("recv"); }
      c->in_len += r;
      int used = parse(c, now_ns());
      memmove(c->in, c->in + used, c->in_len - used);
      c->in_len -= used;
      if (c->out_len == 0) fill(c);
    }
    static int turn = 0; /* connections that had nothing due get another chance */
    for (int i = 0; rate > 0 && i < conns; i++) {
      conn *c = &cs[turn = (turn + 1) % conns];
      if (c->inflight < pipeline && c->out_len == 0) fill(c);
      if (t0 + (uint64_t)(issued / rate * 1e9) > now_ns()) break;
    }
  }
  double secs = (now_ns() - t0) / 1e9, cpu = server_cpu() - cpu0;
  double want[] = { 0.5, 0.99, 0.999 }, got[3] = { 0 };
  uint64_t seen = 0;
  for (int b = 0, k = 0; b < BUCKETS && k < 3; b++) { seen += hist[b]; while (k < 3 && seen >= want[k] * requests) got[k++] = b; }
  printf("{\"requests_per_s\": %.0f, \"keys_per_s\": %.0f, \"hits\": %lu, \"misses\": %lu, \"p50_us\": %.0f, \"p99_us\": %.0f, \"p999_us\": %.0f, \"server_cpu_us_per_request\": %.3f}\n",
         requests / secs, (hits + misses) / secs, hits, misses, got[0], got[1], got[2], npids ? cpu * 1e6 / requests : 0.0);
  return 0;
}
