# Runs PROGRAM twice on a new directory DATA (after FIRST, if given): the second time it finds what
# the first has left. The output of both must match EXPECT.
file(REMOVE_RECURSE ${DATA})
file(MAKE_DIRECTORY ${DATA})
foreach(command IN ITEMS ${FIRST} ${PROGRAM} ${PROGRAM})
  execute_process(COMMAND ${command} ${DATA} OUTPUT_VARIABLE output ERROR_VARIABLE output
                  RESULT_VARIABLE status)
  message("${output}")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${command} ended with ${status}")
  endif()
  if(command STREQUAL PROGRAM AND NOT output MATCHES "${EXPECT}")
    message(FATAL_ERROR "${command} did not print \"${EXPECT}\"")
  endif()
endforeach()
file(REMOVE_RECURSE ${DATA})
