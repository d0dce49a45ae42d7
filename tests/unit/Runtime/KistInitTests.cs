using System.Buffers.Binary;
using Kist.Runtime.Launch;

namespace Kist.Tests.Unit.Runtime;

/// <summary>The program that is the first in every container, as it lies in Kist.Runtime.</summary>
public sealed class KistInitTests
{
    static byte[] Image() => SealedInit.Image().ToArray();

    [Test]
    public async Task It_is_small() => await Assert.That(Image().Length).IsLessThanOrEqualTo(65536);

    [Test]
    public async Task Nothing_in_it_is_writable_and_executable_nor_needs_a_loader()
    {
        const uint PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PF_X = 1, PF_W = 2;
        byte[] image = Image();
        await Assert.That(image.AsSpan().StartsWith("\u007fELF\u0002\u0001"u8)).IsTrue();
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(32));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(54)), count = BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(56)), loaded = 0;
        for (int i = 0; i < count; i++)
        {
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan((int)table + i * size));
            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan((int)table + i * size + 4));
            await Assert.That(flags & (PF_W | PF_X)).IsNotEqualTo(PF_W | PF_X);
            await Assert.That(type).IsNotEqualTo(PT_DYNAMIC).And.IsNotEqualTo(PT_INTERP);
            if (type == PT_LOAD) loaded++;
        }
        await Assert.That(loaded).IsGreaterThan(0);
    }
}
