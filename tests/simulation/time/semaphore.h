#pragma once

#include <semaphore.h>

#include <cerrno>

namespace vbs::simulation {

/// As std::binary_semaphore, which spins for a while before it sleeps: here the one who is to release it has
/// the same processor. Thread-safe.
class Semaphore {
public:
  Semaphore() { ::sem_init(&semaphore_, 0, 0); }
  ~Semaphore() { ::sem_destroy(&semaphore_); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  void acquire() {
    while (::sem_wait(&semaphore_) != 0 && errno == EINTR) {
    }
  }
  void release() { ::sem_post(&semaphore_); }

private:
  sem_t semaphore_{};
};

}  // namespace vbs::simulation
