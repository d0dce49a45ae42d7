using System.Runtime.InteropServices;

namespace Kist.Tests.Support;

/// <summary>Exchanges two names again and again, as an attacker does who shares a directory with a container that starts.</summary>
public sealed partial class Swapper : IDisposable
{
    const int AT_FDCWD = -100;
    const uint RENAME_EXCHANGE = 2;

    readonly Thread thread;
    volatile bool ended;

    public Swapper(string first, string second)
    {
        thread = new Thread(() =>
        {
            while (!ended)
                _ = renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE);
        });
        thread.Start();
    }

    public void Dispose()
    {
        ended = true;
        thread.Join();
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int firstDirectory, string first, int secondDirectory, string second, uint flags);
}
