#pragma once
/// Read before every file of a module for the stable ABI (see CMakeLists.txt): what it lacks of
/// Python's macros, by the functions that do the same, so that the sources are one.

#include <Python.h>

#define PyBytes_AS_STRING PyBytes_AsString
#define PyBytes_GET_SIZE PyBytes_Size
#define PyFloat_AS_DOUBLE PyFloat_AsDouble
#define PyList_GET_ITEM PyList_GetItem
#define PyList_GET_SIZE Py_SIZE
#define PyTuple_GET_ITEM PyTuple_GetItem
#define PyTuple_GET_SIZE Py_SIZE
