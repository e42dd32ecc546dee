"""The bucket that files pass through: uploads, results, exports. Nothing stays: a lifecycle rule ends every object.

Who gives a file puts it there by a signed link, and who takes one gets it by a signed link: no file passes through the
API, whose bodies end at 6 MB. Read and written as streams, whatever their size.

Source: S3 API reference, presigned URLs, GetObject (Range), multipart upload (parts of 5 MB to 5 GB, 10,000 at most).
"""

import io
from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field

from retention import aws
from retention.core import Core
from retention.errors import RetentionError
from retention.fields import Contract, Instant

#: How long a signed link works: a large file over a slow line.
LINK_TIME: Final = timedelta(hours=1)
#: Bytes that are read and written at once.
READ: Final = 1024 * 1024
PART: Final = 8 * 1024 * 1024
_PATIENCE: Final = Config(
    connect_timeout=3,
    max_pool_connections=16,  # as many as a store has under way at once
    read_timeout=20,
    retries={"total_max_attempts": 4, "mode": "standard"},
    signature_version="s3v4",
    s3={"addressing_style": "path"},
)
_ABSENT: Final = frozenset({"NoSuchKey", "404", "NotFound"})


class StorageError(RetentionError):
    """The bucket did not answer, or refused."""

    code = "storage_unavailable"


class Link(Contract):
    """Where to put a file, or where to get it."""

    method: str = Field(description="Method of the request")
    url: str = Field(description="Address, good for one hour; whoever has it needs no key")
    headers: dict[str, str] = Field(description="Headers that the request must have")
    works_until: Instant = Field(description="How long it works")


class Transfers:
    """The objects of the bucket, by their keys.

    Args:
        bucket: another bucket of the stack's, such as that of what came in.
    """

    def __init__(self, core: Core, bucket: str | None = None) -> None:
        self._core = core
        self._bucket = bucket or core.settings.transfer_bucket

    @cached_property
    def _s3(self) -> Any:
        return aws.client("s3", self._core.settings.aws_region, _PATIENCE)

    # --- links ---------------------------------------------------------------------------------------------------

    def upload_link(self, key: str, content_type: str) -> Link:
        """Where to put an object, by PUT."""
        named = {"Bucket": self._bucket, "Key": key, "ContentType": content_type}
        url = self._s3.generate_presigned_url("put_object", Params=named, ExpiresIn=int(LINK_TIME.total_seconds()))
        return Link(method="PUT", url=url, headers={"Content-Type": content_type}, works_until=self._until())

    def download_link(self, key: str, file_name: str) -> Link:
        """Where to get an object, by GET, to be kept under a name."""
        named = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentDisposition": f'attachment; filename="{file_name}"',
        }
        url = self._s3.generate_presigned_url("get_object", Params=named, ExpiresIn=int(LINK_TIME.total_seconds()))
        return Link(method="GET", url=url, headers={}, works_until=self._until())

    def _until(self) -> datetime:
        return self._core.now() + LINK_TIME

    # --- whole objects -------------------------------------------------------------------------------------------

    def size(self, key: str) -> int | None:
        """Bytes of an object; None when there is none.

        Raises:
            StorageError
        """
        answer = self._ask("head_object", Key=key)
        return None if answer is None else int(answer["ContentLength"])

    def put(self, key: str, content: bytes) -> None:
        """Write a small object, whatever was there.

        Raises:
            StorageError
        """
        self._ask("put_object", Key=key, Body=content)

    def get(self, key: str) -> bytes | None:
        """A small object; None when there is none.

        Raises:
            StorageError
        """
        answer = self._ask("get_object", Key=key)
        return None if answer is None else bytes(answer["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so, in their order.

        Raises:
            StorageError
        """
        found: list[str] = []
        more: dict[str, str] = {}
        while True:
            answer = self._ask("list_objects_v2", Prefix=prefix, **more) or {}
            found += [one["Key"] for one in answer.get("Contents", ())]
            if not answer.get("IsTruncated"):
                return found
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def remove(self, keys: list[str]) -> None:
        """Remove objects; they need not be there.

        Raises:
            StorageError
        """
        for key in keys:
            self._ask("delete_object", Key=key)

    # --- streams -------------------------------------------------------------------------------------------------

    def read(self, key: str) -> io.BufferedReader:
        """An object as a file that can be read from any place; nothing is read before it is asked for.

        Raises:
            FileNotFoundError: there is none.
            StorageError: here, or while it is read.
        """
        size = self.size(key)
        if size is None:
            raise FileNotFoundError(key)
        return io.BufferedReader(_Ranges(self, key, size), READ)

    def part(self, key: str, first: int, last: int) -> bytes:
        """Some bytes of an object, both ends included.

        Raises:
            StorageError
        """
        answer = self._ask("get_object", Key=key, Range=f"bytes={first}-{last}")
        if answer is None:
            raise StorageError("A file is gone from the bucket.")
        return bytes(answer["Body"].read())

    def write(self, key: str, pieces: Iterator[bytes]) -> int:
        """Write an object from pieces, however large it becomes; it is there when all is written, or not at all.

        Returns:
            Its size in bytes.

        Raises:
            StorageError
        """
        steps = self.writing(key, pieces)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return int(end.value)

    def writing(self, key: str, pieces: Iterator[bytes]) -> Generator[None, None, int]:
        """As `write`, step by step: one after each part but the last. When it is let go of, nothing is left.

        Raises:
            StorageError
        """
        buffer, size = bytearray(), 0
        parts: list[dict[str, Any]] = []
        upload = (self._ask("create_multipart_upload", Key=key) or {})["UploadId"]
        try:
            for piece in pieces:
                buffer += piece
                size += len(piece)
                if len(buffer) >= PART:
                    parts.append(self._part(key, upload, len(parts) + 1, bytes(buffer)))
                    buffer.clear()
                    yield
            parts.append(self._part(key, upload, len(parts) + 1, bytes(buffer)))
            self._ask("complete_multipart_upload", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
        except BaseException:
            self._ask("abort_multipart_upload", Key=key, UploadId=upload)
            raise
        return size

    def _part(self, key: str, upload: str, number: int, content: bytes) -> dict[str, Any]:
        answer = self._ask("upload_part", Key=key, UploadId=upload, PartNumber=number, Body=content) or {}
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def _ask(self, operation: str, **what: Any) -> dict[str, Any] | None:
        """Ask the bucket; None when there is no such object."""
        try:
            answer: dict[str, Any] = getattr(self._s3, operation)(Bucket=self._bucket, **what)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _ABSENT:
                return None
            raise StorageError(f"The bucket refused: {code}.") from error
        except BotoCoreError as error:
            raise StorageError("The bucket does not answer.") from error
        return answer


class _Ranges(io.RawIOBase):
    """An object, read in ranges."""

    def __init__(self, transfers: Transfers, key: str, size: int) -> None:
        self._transfers = transfers
        self._key = key
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        last = min(self._at + len(buffer), self._size) - 1
        if last < self._at:
            return 0
        content = self._transfers.part(self._key, self._at, last)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)
