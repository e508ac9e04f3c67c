// Every operator new and delete, out of memory too, and exceptions that pass through them.
#include "check.h"
#include <malloc.h>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct alignas(256) Wide {
    char bytes[300];
};

int handled = 0;

void give_up() {
    if (++handled % 3 == 0) throw std::bad_alloc();
}

// The handler that gives up by taking itself away.
void go_away() { std::set_new_handler(nullptr); }

template <typename F> bool throws_bad_alloc(F f) {
    try {
        opaque(f());
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

void the_library_has_every_operator() {
    for (const char *name :
         {"_Znwm", "_Znam", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t", "_ZnwmSt11align_val_t",
          "_ZnamSt11align_val_t", "_ZnwmSt11align_val_tRKSt9nothrow_t",
          "_ZnamSt11align_val_tRKSt9nothrow_t", "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZdaPvm",
          "_ZdlPvRKSt9nothrow_t", "_ZdaPvRKSt9nothrow_t", "_ZdlPvSt11align_val_t",
          "_ZdaPvSt11align_val_t", "_ZdlPvmSt11align_val_t", "_ZdaPvmSt11align_val_t",
          "_ZdlPvSt11align_val_tRKSt9nothrow_t", "_ZdaPvSt11align_val_tRKSt9nothrow_t"}) {
        Dl_info info;
        CHECK(dladdr(dlsym(RTLD_DEFAULT, name), &info));
        CHECK(strstr(info.dli_fname, "poolalloc_preload"));
    }
}

void every_pair_allocates_and_frees() {
    for (std::size_t size : {0, 1, 16, 100, 1000, 5000, 70000, 3000000}) {
        auto align = std::align_val_t(512);
        auto check = [size](void *block, std::size_t alignment) {
            CHECK(opaque(block) && reinterpret_cast<uintptr_t>(block) % alignment == 0);
            memset(block, 1, size);
        };
        for (int round = 0; round < 20; round++) {
            void *block = ::operator new(size);
            check(block, 16), ::operator delete(block);
            block = ::operator new(size);
            check(block, 16), ::operator delete(block, size);
            block = ::operator new(size, std::nothrow);
            check(block, 16), ::operator delete(block, std::nothrow);
            block = ::operator new[](size);
            check(block, 16), ::operator delete[](block);
            block = ::operator new[](size);
            check(block, 16), ::operator delete[](block, size);
            block = ::operator new[](size, std::nothrow);
            check(block, 16), ::operator delete[](block, std::nothrow);
            block = ::operator new(size, align);
            check(block, 512), ::operator delete(block, align);
            block = ::operator new(size, align);
            check(block, 512), ::operator delete(block, size, align);
            block = ::operator new(size, align, std::nothrow);
            check(block, 512), ::operator delete(block, align, std::nothrow);
            block = ::operator new[](size, align);
            check(block, 512), ::operator delete[](block, align);
            block = ::operator new[](size, align);
            check(block, 512), ::operator delete[](block, size, align);
            block = ::operator new[](size, align, std::nothrow);
            check(block, 512), ::operator delete[](block, align, std::nothrow);
        }
    }
    std::vector<std::unique_ptr<Wide>> wide;
    for (int i = 0; i < 100; i++) wide.push_back(std::make_unique<Wide>());
    ::operator delete(nullptr);
}

void out_of_memory_calls_the_handler_and_throws() {
    volatile std::size_t huge = std::size_t(1) << 60;
    auto align = std::align_val_t(64);
    for (int round = 0; round < 2; round++) {
        if (round == 1) std::set_new_handler(give_up);
        CHECK(throws_bad_alloc([=] { return ::operator new(huge); }));
        CHECK(throws_bad_alloc([=] { return ::operator new[](huge); }));
        CHECK(throws_bad_alloc([=] { return ::operator new(huge, align); }));
        CHECK(throws_bad_alloc([=] { return ::operator new[](huge, align); }));
        CHECK(throws_bad_alloc([=] { return new char[huge]; }));
        CHECK(opaque(::operator new(huge, std::nothrow)) == nullptr);
        CHECK(opaque(::operator new[](huge, std::nothrow)) == nullptr);
        CHECK(opaque(::operator new(huge, align, std::nothrow)) == nullptr);
        CHECK(opaque(::operator new[](huge, align, std::nothrow)) == nullptr);
        CHECK(handled == (round == 0 ? 0 : 27));
    }
    std::set_new_handler(go_away);
    CHECK(throws_bad_alloc([=] { return ::operator new(huge); }));
    CHECK(std::get_new_handler() == nullptr);
}

void exceptions_pass_through_threads() {
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; number++) {
        threads.emplace_back([number] {
            std::map<std::string, std::vector<int>> words;
            for (int i = 0; i < 2000; i++) {
                try {
                    words[std::to_string(i * number)].push_back(i);
                    if (i % 7 == 0) throw std::runtime_error("thrown " + std::to_string(i));
                } catch (const std::exception &error) {
                    CHECK(std::string(error.what()) == "thrown " + std::to_string(i));
                }
            }
        });
    }
    for (auto &thread : threads) thread.join();
}

// Destroyed after `main`, and at the end of each thread.
struct Late {
    std::string text = std::string(500, 'x');
    ~Late() {
        std::vector<std::string> more(100, text);
        CHECK(more.back().size() == 500);
    }
};
Late late;
thread_local Late late_in_thread;

} // namespace

int main() {
    check_preloaded();
    the_library_has_every_operator();
    every_pair_allocates_and_frees();
    out_of_memory_calls_the_handler_and_throws();
    exceptions_pass_through_threads();
    std::thread([] { CHECK(late_in_thread.text.size() == 500); }).join();
    puts("ok");
}
