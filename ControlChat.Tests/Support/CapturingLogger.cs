using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ControlChat.Tests.Support;

/// <summary>Keeps every log line, with its scopes' text, so that a test can say what was logged and what never is.</summary>
public sealed class CapturingLogger<T> : CapturingLogger, ILogger<T>;

/// <inheritdoc cref="CapturingLogger{T}"/>
public class CapturingLogger : ILogger, ILoggerProvider
{
    private readonly ConcurrentQueue<CapturedLine> _lines = new();

    public IReadOnlyList<CapturedLine> Lines => [.. _lines];

    /// <summary>Everything logged so far as one text: for "this secret occurs nowhere".</summary>
    public string Text => string.Join('\n', _lines.Select(l => $"{l.Level} {l.Message} {l.State} {l.Exception}"));

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull
    {
        _lines.Enqueue(new CapturedLine(LogLevel.None, default, "scope", Describe(state), null));
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        _lines.Enqueue(new CapturedLine(logLevel, eventId, formatter(state, exception), Describe(state), exception) { TraceId = Activity.Current?.TraceId.ToHexString() });
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    public void Dispose() => GC.SuppressFinalize(this);

    private static string Describe(object? state) => state is IEnumerable<KeyValuePair<string, object?>> pairs
        ? string.Join(' ', pairs.Select(p => $"{p.Key}={p.Value}"))
        : state?.ToString() ?? "";
}

/// <summary>One logged line; <c>State</c> holds the structured values as <c>name=value</c>.</summary>
public sealed record CapturedLine(LogLevel Level, EventId Event, string Message, string State, Exception? Exception)
{
    /// <summary>Of the flow it was logged in.</summary>
    public string? TraceId { get; init; }
}
