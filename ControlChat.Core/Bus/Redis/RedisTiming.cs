namespace ControlChat.Core.Bus.Redis;

/// <summary>How long the Redis bus waits for what. Tests shorten what they wait for in real time.</summary>
internal sealed record RedisTiming
{
    /// <summary>The client's own calls have no time limit; every call gets this one.</summary>
    public TimeSpan Call { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A wake-up may be lost; readers look by themselves after this.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first pause after a lost connection; it doubles up to <see cref="Poll"/>.</summary>
    public TimeSpan Reconnect { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>A connection that says nothing for so long is thrown away: a machine that vanished never closes it.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>An entry whose consumer gave no sign for so long is taken over; a consumer at work signs three times as often.</summary>
    public TimeSpan TakeOver { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The pause after the first failed delivery; it doubles.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What every group is past is kept this long for late readers.</summary>
    public TimeSpan KeptAge { get; init; } = TimeSpan.FromDays(1);

    public TimeSpan TrimEvery { get; init; } = TimeSpan.FromHours(1);
}
