using System.Text;
using ControlChat.Core.Sessions.Transcripts;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

/// <summary>The examples of RFC 3720, B.4, and the check value every catalogue has.</summary>
public sealed class Crc32CTests
{
    [Fact]
    public void It_is_the_one_of_the_standard()
    {
        Assert.Equal(0x8a9136aau, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62a8ab43u, Crc32C.Of(Enumerable.Repeat((byte)0xff, 32).ToArray()));
        Assert.Equal(0x46dd794eu, Crc32C.Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0x113fdb5cu, Crc32C.Of(Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray()));
        Assert.Equal(0xe3069283u, Crc32C.Of(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0u, Crc32C.Of([]));
    }
}
