# One set of warnings for all of our code, as errors.
option(RAPPORTEUR_TESTS "Build the tests" ON)
set(RAPPORTEUR_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
add_library(rap_flags INTERFACE)
# Assertions guard against our own bugs in every build: a promise is better stopped than broken.
target_compile_options(rap_flags INTERFACE -UNDEBUG)
target_compile_options(rap_flags INTERFACE -Wall -Wextra -Wconversion -Wshadow -Werror -fno-strict-aliasing)
target_compile_definitions(rap_flags INTERFACE _GNU_SOURCE)
if(RAPPORTEUR_SANITIZE)
  target_compile_options(rap_flags INTERFACE -fsanitize=${RAPPORTEUR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # their shadow memory is counted as ours: where memory is bounded, it is not while they watch
  target_compile_definitions(rap_flags INTERFACE RAP_SANITIZED)
  target_link_options(rap_flags INTERFACE -fsanitize=${RAPPORTEUR_SANITIZE})
endif()
if(RAPPORTEUR_FUZZ)
  # what is fuzzed must tell which of its branches were taken
  target_compile_options(rap_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(rap_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
