#include "bench/peers.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/compiled.h"
#include "bench/truth.h"

static const char *const names[BENCH_NUM_PEERS] = {"torch-eager", "torch-compile", "xla",
                                                   "onnxruntime", "openvino",      "iree"};

enum { PATIENCE_MS = 300000 };

/* --- processes ------------------------------------------------------------------------------- */

static void becomePeer(const BenchPeer *peer, const char *python, int file, int in, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  if (!freopen("/dev/null", "w", stderr))
    _exit(1);
  char threads[16], descriptor[16];
  snprintf(threads, sizeof threads, "%d", peer->threads);
  snprintf(descriptor, sizeof descriptor, "%d", file);
  execlp(python, python, BENCH_PEERS_SCRIPT, peer->name, threads, descriptor, (char *)NULL);
  _exit(1);
}

static bool start(BenchPeer *peer, const char *python, int file) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
    return false;
  peer->process = fork();
  if (peer->process == 0)
    becomePeer(peer, python, file, in[0], out[1]);
  close(in[0]);
  close(out[1]);
  peer->requests = fdopen(in[1], "w");
  peer->replies = fdopen(out[0], "r");
  return peer->process > 0;
}

static void stop(BenchPeer *peer) {
  if (peer->process > 0) {
    kill(peer->process, SIGKILL);
    waitpid(peer->process, NULL, 0);
    fclose(peer->requests);
    fclose(peer->replies);
  }
  peer->process = 0;
}

/* --- requests and replies -------------------------------------------------------------------- */

static void leaveOut(BenchPeer *peer, const char *reason) {
  if (peer->leftOut++ == 0)
    snprintf(peer->reason, sizeof peer->reason, "%.*s", (int)sizeof peer->reason - 1, reason);
}

/* The reply is null, and the peer left out, when it is none or an error. The caller deletes it. */
static cJSON *receive(BenchPeer *peer) {
  struct pollfd ready = {.fd = fileno(peer->replies), .events = POLLIN};
  char *line = NULL;
  size_t size = 0;
  cJSON *reply = NULL;
  if (poll(&ready, 1, PATIENCE_MS) == 1 && getline(&line, &size, peer->replies) > 0)
    reply = cJSON_Parse(line);
  free(line);
  if (!reply) {
    leaveOut(peer, "its process ended, or it did not answer");
    stop(peer);
    return NULL;
  }
  kill(peer->process, SIGSTOP);
  const char *failure = cJSON_GetStringValue(cJSON_GetObjectItem(reply, "error"));
  if (!failure)
    return reply;
  leaveOut(peer, failure);
  cJSON_Delete(reply);
  return NULL;
}

static void request(BenchPeer *peer, const char *key, cJSON *value) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddItemToObject(object, key, value);
  char *text = cJSON_PrintUnformatted(object);
  kill(peer->process, SIGCONT);
  fprintf(peer->requests, "%s\n", text);
  fflush(peer->requests);
  free(text);
  cJSON_Delete(object);
}

bool benchPeersStart(BenchPeers *peers, const char *python, const int threads[], int numThreads,
                     ExecError *error) {
  *peers = (BenchPeers){.file = -1};
  if (!python)
    return true;
  signal(SIGPIPE, SIG_IGN);
  peers->file = memfd_create("addnorm-bench", 0);
  for (int k = 0; k < numThreads; ++k)
    for (int i = 0; i < BENCH_NUM_PEERS; ++i) {
      BenchPeer *peer = &peers->peers[peers->count++];
      *peer = (BenchPeer){.name = names[i], .threads = threads[k]};
      if (peers->file < 0 || !start(peer, python, peers->file))
        return execFail(error, "cannot start %s", python);
    }
  for (int i = 0; i < peers->count; ++i) {
    BenchPeer *peer = &peers->peers[i];
    cJSON *reply = receive(peer);
    const char *version = cJSON_GetStringValue(cJSON_GetObjectItem(reply, "version"));
    snprintf(peer->version, sizeof peer->version, "%s", version ? version : "");
    if (!version)
      stop(peer);
    cJSON_Delete(reply);
  }
  return true;
}

void benchPeersStop(BenchPeers *peers) {
  for (int i = 0; i < peers->count; ++i)
    stop(&peers->peers[i]);
  if (peers->memory)
    munmap(peers->memory, peers->size);
  if (peers->file >= 0)
    close(peers->file);
}

/* --- cases ----------------------------------------------------------------------------------- */

/* Where a tensor starts in the file: x, r, gamma, y, sum. */
static size_t place(const BenchNorm *norm, int tensor) {
  enum { PAGE = 4096 };
  return (benchTensorBytes(norm) * 2 + PAGE) / PAGE * PAGE * (size_t)tensor;
}

static bool share(BenchPeers *peers, const BenchNorm *norm) {
  if (peers->memory)
    munmap(peers->memory, peers->size);
  peers->size = place(norm, 5);
  peers->memory = NULL;
  if (ftruncate(peers->file, (off_t)peers->size) != 0)
    return false;
  void *memory = mmap(NULL, peers->size, PROT_READ | PROT_WRITE, MAP_SHARED, peers->file, 0);
  if (memory == MAP_FAILED)
    return false;
  peers->memory = memory;
  size_t bytes = benchTensorBytes(norm);
  memcpy((char *)memory + place(norm, 0), norm->x, bytes);
  if (norm->r)
    memcpy((char *)memory + place(norm, 1), norm->r, bytes);
  memcpy((char *)memory + place(norm, 2), norm->gamma,
         (size_t)norm->n * execElementSize(norm->gammaType));
  return true;
}

static cJSON *describe(const BenchNorm *norm) {
  static const char *const tensors[] = {"x", "r", "gamma", "y", "total"};
  cJSON *json = cJSON_CreateObject();
  cJSON_AddNumberToObject(json, "rows", (double)norm->rows);
  cJSON_AddNumberToObject(json, "n", (double)norm->n);
  cJSON_AddStringToObject(json, "type", execElementName(norm->type));
  cJSON_AddStringToObject(json, "gamma_type", execElementName(norm->gammaType));
  cJSON_AddNumberToObject(json, "addends", norm->r ? 2 : 1);
  cJSON_AddBoolToObject(json, "sum", norm->sum != NULL);
  cJSON_AddNumberToObject(json, "epsilon", (double)norm->epsilon);
  for (int i = 0; i < 5; ++i)
    cJSON_AddNumberToObject(json, tensors[i], (double)place(norm, i));
  char *graph = benchGraph(norm);
  cJSON_AddStringToObject(json, "graph", graph);
  free(graph);
  return json;
}

bool benchPeersPrepare(BenchPeers *peers, const BenchNorm *norm, ExecError *error) {
  if (peers->count == 0)
    return true;
  if (!share(peers, norm))
    return execFail(error, "no memory to share %zu bytes with the peers", place(norm, 5));
  for (int i = 0; i < peers->count; ++i)
    if (peers->peers[i].process)
      request(&peers->peers[i], "prepare", describe(norm));
  return true;
}

bool benchPeerIsReady(BenchPeers *peers, BenchPeer *peer, const BenchNorm *norm) {
  if (!peer->process)
    return false;
  cJSON *prepared = receive(peer);
  cJSON_Delete(prepared);
  if (!prepared)
    return false;
  request(peer, "outputs", cJSON_CreateTrue());
  cJSON *written = receive(peer);
  cJSON_Delete(written);
  BenchNorm got = *norm;
  got.y = (char *)peers->memory + place(norm, 3);
  if (norm->sum)
    got.sum = (char *)peers->memory + place(norm, 4);
  ExecError error;
  bool right = written && benchIsTrue(&got, BENCH_ROUNDED_EACH, peer->name, &error);
  if (written && !right)
    leaveOut(peer, error.text);
  if (written)
    memset(got.y, 0, benchTensorBytes(norm));
  return right;
}

bool benchPeerRun(BenchPeer *peer, int calls, double *ms, ExecError *error) {
  if (peer->process) {
    request(peer, "run", cJSON_CreateNumber(calls));
    cJSON *reply = receive(peer);
    *ms = cJSON_GetNumberValue(cJSON_GetObjectItem(reply, "ms"));
    cJSON_Delete(reply);
    if (reply)
      return true;
  }
  return execFail(error, "%s: %s", peer->name, peer->reason);
}
