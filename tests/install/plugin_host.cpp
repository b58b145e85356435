// plugin_host PLUGIN: loads it, feeds it, and lets it go.

#include <dlfcn.h>

#include <cstdio>

int main(int argc, char** argv) {
  void* const plugin = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (plugin == nullptr) {
    std::printf("dlopen: %s\n", argc == 2 ? dlerror() : "which plugin?");
    return 10;
  }
  void* const symbol = dlsym(plugin, "feed_one_tick");
  if (symbol == nullptr) return 11;
  const int status = reinterpret_cast<int (*)(const char*)>(symbol)("plugin-data");
  std::printf("%d\n", status);
  return status;
}
