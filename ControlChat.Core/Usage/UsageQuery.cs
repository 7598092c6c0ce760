namespace ControlChat.Core.Usage;

/// <summary>What a row stands for.</summary>
public enum UsageBy
{
    /// <summary>A UTC day; also those without any use.</summary>
    Day,

    /// <summary>An account.</summary>
    Person,

    /// <summary>An API token of one account, or its browser.</summary>
    Token,

    /// <summary>A tool of the hub or of a workspace. Runs, sessions and tokens of the model are in the total only.</summary>
    Tool,
}

/// <summary>By what rows are put in order: the most first, days the newest first, names by the alphabet.</summary>
public enum UsageSort
{
    Name,
    Runs,
    Calls,
    Errors,
    P95,
    Tokens,
    Sessions,
}

/// <param name="From">The first day, UTC.</param>
/// <param name="To">The last day, UTC; at most <see cref="MostDays"/> days in all.</param>
/// <param name="Account">Whose use; null for everyone's together.</param>
public sealed record UsageQuery(DateOnly From, DateOnly To, UsageBy By, string? Account)
{
    /// <summary>Days of one question, and for how long use is kept.</summary>
    public const int MostDays = UsageStore.Days;

    public UsageSort Sort { get; init; } = By == UsageBy.Day ? UsageSort.Name : UsageSort.Calls;

    /// <summary>Rows of a page.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>Of the page before; null for the first.</summary>
    public string? Cursor { get; init; }

    public int Days => To.DayNumber - From.DayNumber + 1;

    /// <summary>The question names people or is about one: for them and for admins.</summary>
    internal bool NamesPeople => Account is not null || By is UsageBy.Person or UsageBy.Token;
}
