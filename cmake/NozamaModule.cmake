# nozama_module(NAME [DEPENDS module…] [LIBS target…] [PUBLIC_LIBS target…])
#
# One folder of src/ is one static library `nozama_NAME`; its *_test.cpp files are one executable
# `NAME_test`. DEPENDS names modules, LIBS third-party targets that no header of the module shows.
function(nozama_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBS;PUBLIC_LIBS;TEST_LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")

  set(library nozama_${name})
  add_library(${library} STATIC ${sources})
  add_dependencies(${library} layers)
  target_include_directories(${library} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${library} PUBLIC nozama_options ${arg_PUBLIC_LIBS} PRIVATE ${arg_LIBS})
  foreach(dependency ${arg_DEPENDS})
    target_link_libraries(${library} PUBLIC nozama_${dependency})
  endforeach()

  if(NOZAMA_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${library} ${arg_LIBS} ${arg_TEST_LIBS} GTest::gtest_main GTest::gmock)
    target_compile_definitions(${name}_test PRIVATE NOZAMA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    include(GoogleTest)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()
