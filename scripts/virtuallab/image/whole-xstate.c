/* For user-mode Linux 6.1 on machines whose processor has more state than it knows, such as AMX: preloaded, it gives the
   host the whole of the registers that are set.

   The host accepts the NT_X86_XSTATE registers in their full size only, and user-mode Linux keeps the 2696 bytes that
   end with PKRU. What follows them belongs to features that its processes never ask the host for, and stays in its
   initial state: zeros, and zeros for it in the header that user-mode Linux does keep. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

enum { MAX_STATE_BYTES = 64 * 1024 };

static long (*next_ptrace)(int, ...);

static long set_whole_state(long pid, void *address, struct iovec *given) {
  static unsigned char state[MAX_STATE_BYTES];
  static size_t size; /* what this machine's processor has */
  if (size == 0) {
    struct iovec whole = {state, sizeof state};
    if (next_ptrace(PTRACE_GETREGSET, pid, address, &whole) < 0) return -1;
    size = whole.iov_len;
    memset(state, 0, sizeof state);
  }
  if (given->iov_len >= size) return next_ptrace(PTRACE_SETREGSET, pid, address, given);
  memcpy(state, given->iov_base, given->iov_len);
  struct iovec whole = {state, size};
  return next_ptrace(PTRACE_SETREGSET, pid, address, &whole);
}

long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  long pid = va_arg(arguments, long);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);

  if (next_ptrace == NULL) next_ptrace = (long (*)(int, ...))dlsym(RTLD_NEXT, "ptrace");
  if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE) return set_whole_state(pid, address, data);
  return next_ptrace(request, pid, address, data);
}
