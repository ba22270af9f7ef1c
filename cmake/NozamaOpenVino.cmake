# OpenVINO's C++ libraries are those of the Python wheel in the private environment, pinned by its hash.
set(NOZAMA_VENV ${CMAKE_SOURCE_DIR}/build/venv CACHE PATH "Private Python environment with the openvino wheel")
if(NOT OpenVINO_DIR)
  execute_process(
    COMMAND ${NOZAMA_VENV}/bin/python -c "from openvino.utils import get_cmake_path as path; print(path())"
    OUTPUT_VARIABLE openvino_dir OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "There is no openvino wheel in ${NOZAMA_VENV}: run ./dev build once, which installs it")
  endif()
  set(OpenVINO_DIR ${openvino_dir} CACHE PATH "Folder of OpenVINOConfig.cmake")
endif()
# Every executable that links the encoder needs the imported targets, not only this folder.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)
find_package(OpenVINO 2026.4 REQUIRED CONFIG COMPONENTS Runtime)
unset(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL)
