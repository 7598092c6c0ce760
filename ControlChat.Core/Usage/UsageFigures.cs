namespace ControlChat.Core.Usage;

/// <summary>What was used, by whom or when is said elsewhere.</summary>
public record UsageFigures
{
    /// <summary>Runs that ended.</summary>
    public long Runs { get; init; }

    public long RunsFailed { get; init; }

    /// <summary>From a run's beginning to its end, waiting for people included; null where no time is known.</summary>
    public double? RunP50Ms { get; init; }

    public double? RunP95Ms { get; init; }

    /// <summary>Calls of tools.</summary>
    public long Calls { get; init; }

    /// <summary>Calls that broke or were refused.</summary>
    public long Errors { get; init; }

    /// <summary>From a call to its answer; null where no time is known. Read from classes: at most 10 % beside the truth.</summary>
    public double? P50Ms { get; init; }

    public double? P95Ms { get; init; }

    public long TokensIn { get; init; }

    public long TokensOut { get; init; }

    /// <summary>Sessions of workspace agents that ended.</summary>
    public long Sessions { get; init; }

    public long SessionsFailed { get; init; }

    public long SessionSeconds { get; init; }

    /// <summary>0 to 1; 0 without calls.</summary>
    public double ErrorRate => Calls == 0 ? 0 : (double)Errors / Calls;
}

/// <summary>The figures of one thing.</summary>
public sealed record UsageRow : UsageFigures
{
    public UsageRow(string key, string name, UsageFigures figures) : base(figures) => (Key, Name) = (key, name);

    /// <summary>The day, the account, the token or the tool.</summary>
    public string Key { get; }

    /// <summary>For people.</summary>
    public string Name { get; }
}

/// <param name="Total">Of the whole question, not of the page.</param>
/// <param name="Previous">The cursor of the page before; <see cref="First"/> for the first page, null on it.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
public sealed record UsageReport(UsageQuery Query, UsageFigures Total, IReadOnlyList<UsageRow> Items, string? Previous, string? Next)
{
    /// <summary>Stands for no cursor.</summary>
    public const string First = "";
}

/// <summary>What was asked for, or why not.</summary>
public abstract record UsageAnswer
{
    private UsageAnswer()
    {
    }

    public sealed record Found(UsageReport Report) : UsageAnswer;

    /// <param name="Words">For who asked.</param>
    public sealed record Refused(string Words) : UsageAnswer;
}

/// <param name="Tokens">Used since midnight UTC by the account's runs and agents.</param>
/// <param name="PerDay">Its <c>Limits:TokensPerDay</c>; 0 is no limit.</param>
public sealed record UsageToday(long Tokens, long PerDay)
{
    public long Left => Math.Max(0, PerDay - Tokens);
}
