using System.Runtime.InteropServices;
using Wage.Mpi;
using Wage.Tests.Experiments;
using Wage.Workers;

namespace Wage.Tests.Mpi;

/// <summary>
/// The binary interface of MPI 5, of which no library is at hand: one is made here that ends the process where it is given another handle or constant
/// than the standard's (chapter 20 of MPI 5.0). Its rank gets what it sends; the other one says nothing.
/// </summary>
public sealed class StandardInterfaceTests
{
    private const string Library = """
        #include <stdlib.h>
        #include <string.h>
        #define REQUIRE(x) do { if (!(x)) abort(); } while (0)
        typedef void* handle;
        static const handle world = (handle)0x101, byte = (handle)0x247, none = (handle)0x180;
        static const handle quick = (handle)0x5001, slow = (handle)0x5002, failing = (handle)0x5003;
        int slow_tests = 0, ranks = 1;
        int MPI_Init_thread(int* argc, char*** argv, int required, int* provided) { REQUIRE(required == 2048); *provided = 4096; return 0; }
        int MPI_Comm_set_errhandler(handle c, handle e) { REQUIRE(c == world && e == (handle)0x142); return 0; }
        int MPI_Comm_rank(handle c, int* rank) { REQUIRE(c == world); *rank = 0; return 0; }
        int MPI_Comm_size(handle c, int* size) { REQUIRE(c == world); *size = ranks; return 0; }
        int MPI_Get_library_version(char* text, int* length) { strcpy(text, "Fake 5.0, of one rank"); *length = strlen(text); return 0; }
        int MPI_Error_string(int code, char* text, int* length) { strcpy(text, "an error of its own"); *length = strlen(text); return 0; }
        int MPI_Abort(handle c, int code) { exit(code); }
        int MPI_Finalize(void) { return 0; }
        int MPI_Ialltoallv(
            const void* s, const int* sn, const int* so, handle st, void* r, const int* rn, const int* ro, handle rt, handle c, handle* q)
        {
            REQUIRE(st == byte && rt == byte && c == world);
            if (sn[0] != rn[0]) return 15;
            memcpy((char*)r + ro[0], (const char*)s + so[0], sn[0]);
            *q = quick;
            return 0;
        }
        int MPI_Iallgatherv(const void* s, int n, handle st, void* r, const int* rn, const int* ro, handle rt, handle c, handle* q)
        {
            REQUIRE(st == byte && rt == byte && c == world);
            if (s != (void*)1) memcpy((char*)r + ro[0], s, n);
            *q = rn[0] == 7 ? failing : slow;
            return 0;
        }
        int MPI_Test(handle* q, int* flag, void* status)
        {
            REQUIRE(status == NULL);
            handle asked = *q;
            if (asked == slow) slow_tests++;
            *flag = asked != slow || slow_tests % 5 == 0;
            if (*flag) *q = none;
            return asked == failing ? 15 : 0;
        }
        """;

    [Test]
    public void ALibraryOfTheStandardIsGivenTheStandardsConstants()
    {
        using var scratch = new ScratchFolder();
        if (Make(scratch, Library) is not { } path)
        {
            Assert.Ignore("gcc is not installed");
            return;
        }

        var library = MpiLibrary.Load(path)!;
        Assert.That(library.IsStandard);
        using var world = new MpiWorld(library);
        Assert.That((world.Rank, world.Size, world.Library), Is.EqualTo((0, 1, $"Fake 5.0 ({path})")));
        var exchange = new Exchange(new Pieces(3), new Pieces(3));
        "abc"u8.CopyTo(exchange.Send!.All);
        world.Start(exchange);
        world.Wait(exchange);
        Assert.That(exchange.Receive.All.ToArray(), Is.EqualTo("abc"u8.ToArray()));
        var all = new byte[2];
        world.Gather("xy"u8, all);
        Assert.That(all, Is.EqualTo("xy"u8.ToArray()));
        var uneven = new Exchange(new Pieces(2), new Pieces(3));
        Assert.That(
            () => world.Start(uneven), Throws.TypeOf<WageException>().With.Message.EqualTo("MPI: MPI_Ialltoallv failed: an error of its own."));
    }

    [Test]
    public void WhatIsUnderWayMovesBehindWhatIsDoneAndAFailureIsTold()
    {
        using var scratch = new ScratchFolder();
        if (Make(scratch, Library) is not { } path)
        {
            Assert.Ignore("gcc is not installed");
            return;
        }

        var library = MpiLibrary.Load(path)!;
        Marshal.WriteInt32(library.Symbol("ranks"), 2);
        using var world = new MpiWorld(library);
        var (done, gather) = (new Exchange(new Pieces(1, 0), new Pieces(1, 0)), new Exchange(null, new Pieces(1, 1)));
        world.Start(done);
        world.Start(gather);
        var tests = library.Symbol("slow_tests");
        for (var tries = 0; tries < 500 && Marshal.ReadInt32(tests) < 5; tries++) Thread.Sleep(2);
        Assert.That(Marshal.ReadInt32(tests), Is.EqualTo(5), "moved while nobody waited, and not when it was done");
        world.Wait(gather);
        world.Wait(done);
        var failing = new Exchange(null, new Pieces(7, 7));
        world.Start(failing);
        Thread.Sleep(5);
        Assert.That(() => world.Wait(failing), Throws.TypeOf<WageException>().With.Message.EqualTo("MPI: MPI_Test failed: an error of its own."));
    }

    [Test]
    public void ALibraryWithoutMpiIsNone()
    {
        using var scratch = new ScratchFolder();
        if (Make(scratch, "int nothing;") is not { } path) Assert.Ignore("gcc is not installed");
        else Assert.That(MpiLibrary.Load(path), Is.Null);
    }

    private static string? Make(ScratchFolder scratch, string source) => CLibrary.Make(scratch.In("libmpi_abi.so.0"), source);
}
