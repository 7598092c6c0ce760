using ControlChat.Core.Editors;
using Xunit;

namespace ControlChat.Tests.Core.Editors;

public sealed class EditorTableTests
{
    [Theory]
    [InlineData("README.md", "markdown")]
    [InlineData("notes.MARKDOWN", "markdown")]
    [InlineData("Program.cs", "code")]
    [InlineData("Dockerfile", "code")]
    [InlineData("s1.transcript.ndjson", "transcript")]
    [InlineData("hello.codex.chat", "conversation")]
    [InlineData("rows.csv", "table")]
    [InlineData("LICENSE", "text")]
    public void A_file_opens_in_the_most_particular_editor(string file, string editor) => Assert.Equal(editor, EditorTable.For(file).Id);
}
