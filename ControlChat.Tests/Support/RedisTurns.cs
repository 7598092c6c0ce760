using ControlChat.Harness;
using Xunit;

[assembly: AssemblyFixture(typeof(RedisServer))]

namespace ControlChat.Tests.Support;

/// <summary>Tests of the one Redis take turns: some kill it.</summary>
[CollectionDefinition(Name)]
public sealed class RedisTurns
{
    public const string Name = "redis";
}
